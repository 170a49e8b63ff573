/** What a check of a data folder says, in words for whoever runs the server. */

export interface Finding {
  /** `problem`: something is wrong now. `note`: worth knowing, and no harm. */
  readonly kind: 'problem' | 'note';
  readonly what: string;
  /** What a repair would do, or what a person must. */
  readonly remedy?: string;
}

export function problem(what: string, remedy: string): Finding {
  return { kind: 'problem', what, remedy };
}

export function note(what: string): Finding {
  return { kind: 'note', what };
}
