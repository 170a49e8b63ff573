/**
 * The design tokens: every colour, distance, radius and type size of the app, as CSS custom properties
 * on the root. Elements use these only. Each colour names its light and its dark value side by side;
 * web/ui/theme.ts chooses between them through `color-scheme`. Web Awesome's tokens are mapped at the end.
 */
import { css } from 'lit';

export const tokens = css`
  :root {
    color-scheme: light dark;

    /* Surfaces, from the page's ground upwards */
    --hf-ground: light-dark(#f3f6fb, #060a13);
    --hf-surface: light-dark(#ffffff, #0c1322);
    --hf-raised: light-dark(#ffffff, #111a2d);
    --hf-sunken: light-dark(#eaeff7, #080e1a);
    --hf-hover: light-dark(#edf2f9, #16213a);
    --hf-selected: light-dark(#dff3f8, #0d2a3a);
    --hf-border: light-dark(#d9e1ee, #1d2942);
    --hf-field: light-dark(#ffffff, #080e1a);
    --hf-track: light-dark(#d9e1ee, #1d2942);
    --hf-border-strong: light-dark(#7d8ba5, #55658a);
    --hf-overlay: light-dark(#0a142a73, #02040ab8);

    /* Text */
    --hf-text: light-dark(#101a2e, #e8eefb);
    --hf-text-quiet: light-dark(#47566f, #a3b2d0);
    --hf-text-faint: light-dark(#5b6a84, #8494b5);
    --hf-text-on-accent: light-dark(#ffffff, #03141b);

    /* Accents: cyan acts, magenta marks */
    --hf-accent: light-dark(#0b6f86, #2ad4ee);
    --hf-accent-strong: light-dark(#095c70, #6fe5f7);
    --hf-accent-soft: light-dark(#dcf1f6, #0b2733);
    --hf-accent-border: light-dark(#9fd3e0, #17526a);
    --hf-mark: light-dark(#9c1fae, #ee7bfb);
    --hf-mark-soft: light-dark(#f9e8fb, #2a1233);

    /* Meanings */
    --hf-good: light-dark(#067a57, #3ddba2);
    --hf-good-soft: light-dark(#e0f5ed, #0a2a22);
    --hf-good-border: light-dark(#a5dcc8, #16503f);
    --hf-warn: light-dark(#8f5300, #fbc14d);
    --hf-warn-soft: light-dark(#fdf1dc, #2c2109);
    --hf-warn-border: light-dark(#eccf9c, #5c4612);
    --hf-bad: light-dark(#b81438, #ff7f92);
    --hf-bad-soft: light-dark(#fde8ec, #331019);
    --hf-bad-border: light-dark(#f0b4c0, #6b2233);
    --hf-bad-loud: light-dark(#c2183d, #ff6b81);

    /* Light: glow is for the primary action and for progress only */
    --hf-glow: light-dark(0 2px 10px #0b6f8638, 0 0 22px #2ad4ee47);
    --hf-glow-color: light-dark(#0b6f8600, #2ad4ee80);
    --hf-shadow: light-dark(0 1px 2px #0f1c3614, 0 1px 2px #00000066);
    --hf-shadow-raised: light-dark(0 12px 40px #0f1c3629, 0 16px 48px #000000b3);

    /* Distances */
    --hf-space-2xs: 0.25rem;
    --hf-space-xs: 0.5rem;
    --hf-space-s: 0.75rem;
    --hf-space-m: 1rem;
    --hf-space-l: 1.5rem;
    --hf-space-xl: 2rem;
    --hf-space-2xl: 3rem;
    --hf-space-3xl: 4.5rem;

    /* Sizes */
    --hf-header-height: 3.75rem;
    --hf-rail-width: 13.5rem;
    --hf-page-width: 62rem;
    --hf-form-width: 27rem;
    --hf-row-height: 2.75rem;
    --hf-long-row-height: 3.25rem;
    --hf-touch: 2.75rem;
    --hf-ring-size: 5.25rem;
    --hf-bottom-nav-height: 3.75rem;

    /* Corners and lines */
    --hf-radius-s: 0.375rem;
    --hf-radius-m: 0.625rem;
    --hf-radius-l: 0.875rem;
    --hf-radius-full: 999px;
    --hf-line: 1px solid var(--hf-border);
    --hf-focus-ring: 2px solid var(--hf-accent);

    /* Type */
    --hf-font: ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif;
    --hf-font-mono: ui-monospace, 'Cascadia Code', 'SF Mono', Menlo, Consolas, monospace;
    --hf-text-2xs: 0.75rem;
    --hf-text-xs: 0.8125rem;
    --hf-text-s: 0.875rem;
    --hf-text-m: 0.9375rem;
    --hf-text-l: 1.125rem;
    --hf-text-xl: 1.375rem;
    --hf-text-2xl: 1.75rem;
    --hf-text-3xl: 2.25rem;
    --hf-weight-normal: 400;
    --hf-weight-medium: 500;
    --hf-weight-bold: 650;
    --hf-leading: 1.5;
    --hf-leading-tight: 1.2;

    /* Movement */
    --hf-quick: 120ms;
    --hf-calm: 240ms;
    --hf-ease: cubic-bezier(0.2, 0.7, 0.2, 1);

    /* Web Awesome */
    --wa-font-family-body: var(--hf-font);
    --wa-font-family-code: var(--hf-font-mono);
    --wa-font-size-m: var(--hf-text-m);
    --wa-font-size-s: var(--hf-text-s);
    --wa-font-size-xs: var(--hf-text-xs);
    --wa-font-size-2xs: var(--hf-text-2xs);
    --wa-line-height-normal: var(--hf-leading);
    --wa-border-radius-s: var(--hf-radius-s);
    --wa-border-radius-m: var(--hf-radius-m);
    --wa-border-radius-l: var(--hf-radius-l);
    --wa-color-surface-default: var(--hf-surface);
    --wa-color-surface-raised: var(--hf-raised);
    --wa-color-surface-lowered: var(--hf-sunken);
    --wa-color-surface-border: var(--hf-border);
    --wa-color-text-normal: var(--hf-text);
    --wa-color-text-quiet: var(--hf-text-quiet);
    --wa-color-text-link: var(--hf-accent);
    --wa-color-overlay-modal: var(--hf-overlay);
    --wa-color-focus: var(--hf-accent);
    --wa-focus-ring: var(--hf-focus-ring);
    --wa-focus-ring-offset: 2px;
    --wa-color-brand-fill-quiet: var(--hf-accent-soft);
    --wa-color-brand-fill-normal: var(--hf-accent-soft);
    --wa-color-brand-fill-loud: var(--hf-accent);
    --wa-color-brand-border-quiet: var(--hf-accent-border);
    --wa-color-brand-border-normal: var(--hf-accent-border);
    --wa-color-brand-border-loud: var(--hf-accent);
    --wa-color-brand-on-quiet: var(--hf-accent);
    --wa-color-brand-on-normal: var(--hf-accent);
    --wa-color-brand-on-loud: var(--hf-text-on-accent);
    --wa-color-neutral-fill-quiet: var(--hf-sunken);
    --wa-color-neutral-fill-normal: var(--hf-hover);
    --wa-color-neutral-fill-loud: var(--hf-text);
    --wa-color-neutral-border-quiet: var(--hf-border);
    --wa-color-neutral-border-normal: var(--hf-border-strong);
    --wa-color-neutral-border-loud: var(--hf-border-strong);
    --wa-color-neutral-on-quiet: var(--hf-text-quiet);
    --wa-color-neutral-on-normal: var(--hf-text);
    --wa-color-neutral-on-loud: var(--hf-ground);
    --wa-color-success-fill-quiet: var(--hf-good-soft);
    --wa-color-success-fill-normal: var(--hf-good-soft);
    --wa-color-success-fill-loud: var(--hf-good);
    --wa-color-success-border-quiet: var(--hf-good-border);
    --wa-color-success-border-normal: var(--hf-good-border);
    --wa-color-success-on-quiet: var(--hf-good);
    --wa-color-success-on-normal: var(--hf-good);
    --wa-color-success-on-loud: var(--hf-text-on-accent);
    --wa-color-warning-fill-quiet: var(--hf-warn-soft);
    --wa-color-warning-fill-normal: var(--hf-warn-soft);
    --wa-color-warning-fill-loud: var(--hf-warn);
    --wa-color-warning-border-quiet: var(--hf-warn-border);
    --wa-color-warning-border-normal: var(--hf-warn-border);
    --wa-color-warning-on-quiet: var(--hf-warn);
    --wa-color-warning-on-normal: var(--hf-warn);
    --wa-color-warning-on-loud: var(--hf-text-on-accent);
    --wa-color-danger-fill-quiet: var(--hf-bad-soft);
    --wa-color-danger-fill-normal: var(--hf-bad-soft);
    --wa-color-danger-fill-loud: var(--hf-bad-loud);
    --wa-color-danger-border-quiet: var(--hf-bad-border);
    --wa-color-danger-border-normal: var(--hf-bad-border);
    --wa-color-danger-on-quiet: var(--hf-bad);
    --wa-color-danger-on-normal: var(--hf-bad);
    --wa-color-danger-on-loud: var(--hf-text-on-accent);
    --wa-form-control-background-color: var(--hf-field);
    --wa-form-control-border-color: var(--hf-border-strong);
    --wa-form-control-border-radius: var(--hf-radius-m);
    --wa-form-control-activated-color: var(--hf-accent);
    --wa-form-control-label-color: var(--hf-text);
    --wa-form-control-hint-color: var(--hf-text-quiet);
    --wa-form-control-placeholder-color: var(--hf-text-faint);
    --wa-form-control-padding-block: 0.65em;
    --wa-form-control-padding-inline: 0.9em;
    /* Nearly every field is required: a mark on each would say nothing. */
    --wa-form-control-required-content: '';
    --wa-panel-border-radius: var(--hf-radius-l);
    --wa-tooltip-background-color: var(--hf-text);
    --wa-tooltip-content-color: var(--hf-ground);
    --wa-tooltip-font-size: var(--hf-text-xs);
    --wa-transition-normal: var(--hf-quick);
    --wa-shadow-l: var(--hf-shadow-raised);
  }

  @media (prefers-reduced-motion: reduce) {
    :root {
      --hf-quick: 0ms;
      --hf-calm: 0ms;
      --wa-transition-slow: 0ms;
      --wa-transition-normal: 0ms;
      --wa-transition-fast: 0ms;
      --wa-button-transform-active: none;
    }
  }

  /* Paper is white, whatever the screen is. */
  @media print {
    :root {
      color-scheme: light !important;
    }
  }

  html {
    background: var(--hf-ground);
    color: var(--hf-text);
    font-family: var(--hf-font);
    font-size: 100%;
    line-height: var(--hf-leading);
    -webkit-text-size-adjust: 100%;
  }

  body {
    margin: 0;
    min-height: 100dvh;
  }
`;
