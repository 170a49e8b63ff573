/** Styles that several elements share; each is a plain piece to put into `static styles`. */
import { css } from 'lit';

/** Every element of ours: sizes, headings and text that look the same everywhere. */
export const base = css`
  :host {
    display: block;
    box-sizing: border-box;
    font-size: var(--hf-text-m);
  }

  :host([hidden]),
  [hidden] {
    display: none !important;
  }

  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }

  h1,
  h2,
  h3,
  p,
  ul,
  ol,
  dl,
  dd,
  figure {
    margin: 0;
    padding: 0;
  }

  ul,
  ol {
    list-style: none;
  }

  h1 {
    font-size: var(--hf-text-2xl);
    font-weight: var(--hf-weight-bold);
    letter-spacing: -0.02em;
    line-height: var(--hf-leading-tight);
  }

  h1:focus {
    outline: none;
  }

  h2 {
    font-size: var(--hf-text-l);
    font-weight: var(--hf-weight-bold);
    letter-spacing: -0.01em;
    line-height: var(--hf-leading-tight);
  }

  h3 {
    font-size: var(--hf-text-m);
    font-weight: var(--hf-weight-bold);
  }

  a {
    color: var(--hf-accent);
    text-underline-offset: 0.2em;
  }

  :focus-visible {
    outline: var(--hf-focus-ring);
    outline-offset: 2px;
    border-radius: var(--hf-radius-s);
  }

  .quiet {
    color: var(--hf-text-quiet);
  }

  .small {
    font-size: var(--hf-text-s);
  }

  .number {
    font-variant-numeric: tabular-nums;
  }

  .unseen {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;

/** A raised box that holds one subject. */
export const card = css`
  .card {
    background: var(--hf-surface);
    border: var(--hf-line);
    border-radius: var(--hf-radius-l);
    box-shadow: var(--hf-shadow);
    padding: var(--hf-space-l);
  }

  @media (max-width: 40rem) {
    .card {
      padding: var(--hf-space-m);
    }
  }
`;

/** Things below each other, and beside each other. */
export const flow = css`
  .stack {
    display: flex;
    flex-direction: column;
    gap: var(--hf-space-m);
  }

  .stack-s {
    display: flex;
    flex-direction: column;
    gap: var(--hf-space-xs);
  }

  .stack-l {
    display: flex;
    flex-direction: column;
    gap: var(--hf-space-l);
  }

  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--hf-space-xs);
  }

  .spread {
    justify-content: space-between;
  }
`;

/** The primary action glows; a page has one of them. */
export const primaryAction = css`
  wa-button[variant='brand'][appearance='accent']:not([disabled])::part(base) {
    box-shadow: var(--hf-glow);
  }
`;

/** Form pages: one narrow column. */
export const formPage = css`
  :host {
    max-inline-size: var(--hf-form-width);
    margin-inline: auto;
    padding-block: var(--hf-space-xl);
  }

  form {
    display: flex;
    flex-direction: column;
    gap: var(--hf-space-m);
  }

  wa-input[readonly]::part(base) {
    background: var(--hf-sunken);
    border-color: var(--hf-border);
  }

  .lead {
    color: var(--hf-text-quiet);
    margin-block-start: var(--hf-space-xs);
  }

  .foot {
    text-align: center;
    font-size: var(--hf-text-s);
  }
`;

/** A page: its parts below each other, a way back above its heading, and what is said while it loads. */
export const pageColumn = css`
  :host {
    display: flex;
    flex-direction: column;
    gap: var(--hf-space-l);
  }

  .back {
    display: inline-flex;
    align-items: center;
    gap: var(--hf-space-2xs);
    margin-block-end: var(--hf-space-xs);
    font-size: var(--hf-text-s);
    text-decoration: none;
  }

  .loading {
    display: flex;
    align-items: center;
    gap: var(--hf-space-s);
    color: var(--hf-text-quiet);
  }
`;

/** Short facts beside each other. */
export const chips = css`
  .chips {
    display: flex;
    flex-wrap: wrap;
    gap: var(--hf-space-2xs);
  }

  .chips > * {
    display: inline-flex;
    align-items: center;
    gap: var(--hf-space-2xs);
    padding: 0.1rem var(--hf-space-xs);
    font-size: var(--hf-text-xs);
    color: var(--hf-text-quiet);
    background: var(--hf-sunken);
    border: var(--hf-line);
    border-radius: var(--hf-radius-m);
    overflow-wrap: anywhere;
  }

  .chips [data-tone='mark'] {
    color: var(--hf-mark);
    background: var(--hf-mark-soft);
    border-color: transparent;
  }

  .chips [data-tone='warn'] {
    color: var(--hf-warn);
    background: var(--hf-warn-soft);
    border-color: var(--hf-warn-border);
  }

  .chips [data-tone='accent'] {
    color: var(--hf-accent);
    background: var(--hf-accent-soft);
    border-color: var(--hf-accent-border);
  }
`;

/** A list of which only a window is drawn (controllers/window-rows.ts): its scroller and its rows. */
export const windowed = css`
  .scroller {
    position: relative;
    max-block-size: max(20rem, calc(100dvh - 23rem));
    overflow: auto;
    background: var(--hf-surface);
    border: var(--hf-line);
    border-radius: var(--hf-radius-l);
    overscroll-behavior: contain;
  }

  .body {
    position: relative;
    block-size: calc(var(--rows) * var(--hf-long-row-height));
    contain: strict;
  }

  .line {
    position: absolute;
    inset-inline: 0;
    inset-block-start: calc(var(--row) * var(--hf-long-row-height));
    display: grid;
    align-items: center;
    gap: var(--hf-space-s);
    block-size: var(--hf-long-row-height);
    padding-inline: var(--hf-space-m);
    border-block-end: var(--hf-line);
  }

  .line:hover {
    background: var(--hf-hover);
  }

  .line .path {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: pre;
    min-inline-size: 0;
  }

  @media (max-width: 40rem) {
    .scroller {
      max-block-size: max(18rem, calc(100dvh - 20rem));
    }
  }
`;

/** A field with something wrong in it: its hint says what. */
export const wrongField = css`
  wa-input[data-wrong]::part(hint) {
    color: var(--hf-bad);
  }

  wa-input[data-wrong]::part(base) {
    border-color: var(--hf-bad);
  }
`;
