/** The look of hf-entry-list, apart from it for length. Row height and count come as custom properties. */
import { css } from 'lit';

export const entryListStyles = css`
  .scroller {
    position: relative;
    max-block-size: max(20rem, calc(100dvh - 23rem));
    overflow: auto;
    background: var(--hf-surface);
    border: var(--hf-line);
    border-radius: var(--hf-radius-l);
    overscroll-behavior: contain;
  }

  .scroller:focus-visible {
    border-radius: var(--hf-radius-l);
    outline-offset: 1px;
  }

  .head {
    position: sticky;
    inset-block-start: 0;
    z-index: 1;
    background: var(--hf-surface);
    border-block-end: var(--hf-line);
    font-size: var(--hf-text-xs);
    color: var(--hf-text-quiet);
  }

  .body {
    position: relative;
    block-size: calc(var(--rows) * var(--hf-row-height));
    contain: strict;
  }

  .line {
    display: grid;
    grid-template-columns: 3rem minmax(0, 1fr) 6rem 11.5rem;
    align-items: center;
    block-size: var(--hf-row-height);
    padding-inline-end: var(--hf-space-m);
  }

  .row {
    position: absolute;
    inset-inline: 0;
    inset-block-start: calc(var(--row) * var(--hf-row-height));
    cursor: default;
    user-select: none;
  }

  .row:hover {
    background: var(--hf-hover);
  }

  .row[aria-selected='true'] {
    background: var(--hf-selected);
  }

  .scroller:focus-visible .row[data-active] {
    box-shadow: inset 0 0 0 2px var(--hf-accent);
  }

  .check {
    display: grid;
    place-items: center;
    block-size: 100%;
    cursor: pointer;
  }

  .box {
    display: grid;
    place-items: center;
    inline-size: 1.15rem;
    block-size: 1.15rem;
    border: 1.5px solid var(--hf-border-strong);
    border-radius: 0.3rem;
    font-size: 0.85rem;
    color: transparent;
  }

  .box[data-on] {
    background: var(--hf-accent);
    border-color: var(--hf-accent);
    color: var(--hf-text-on-accent);
  }

  .name {
    display: flex;
    align-items: center;
    gap: var(--hf-space-xs);
    min-inline-size: 0;
  }

  .name wa-icon {
    flex: none;
    font-size: 1.2rem;
    color: var(--hf-text-faint);
  }

  .name wa-icon.folder {
    color: var(--hf-accent);
  }

  .text {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: pre;
  }

  .changed {
    flex: none;
    display: inline-flex;
    align-items: center;
    gap: var(--hf-space-2xs);
    font-size: var(--hf-text-xs);
    color: var(--hf-warn);
  }

  .name .changed wa-icon {
    font-size: 1rem;
    color: inherit;
  }

  .row .name {
    block-size: 100%;
    cursor: pointer;
  }

  .row[data-kind='folder'] .name {
    font-weight: var(--hf-weight-medium);
  }

  .row .name:hover .text {
    color: var(--hf-accent);
    text-decoration: underline;
    text-underline-offset: 0.2em;
  }

  .size,
  .modified {
    text-align: end;
    font-size: var(--hf-text-s);
    color: var(--hf-text-quiet);
  }

  button {
    font: inherit;
    color: inherit;
    background: none;
    border: none;
    padding: 0;
    cursor: pointer;
  }

  button:hover {
    color: var(--hf-text);
  }

  button wa-icon[data-up] {
    transform: rotate(180deg);
  }

  @media (max-width: 40rem) {
    .line {
      grid-template-columns: 3rem minmax(0, 1fr) 5rem;
    }

    .modified {
      display: none;
    }

    /* The icon is seen, the words are still read aloud. */
    .why {
      position: absolute;
      inline-size: 1px;
      block-size: 1px;
      overflow: hidden;
      clip-path: inset(50%);
      white-space: nowrap;
    }

    .scroller {
      max-block-size: max(18rem, calc(100dvh - 26rem));
    }
  }
`;
