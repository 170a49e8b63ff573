/**
 * What the app says to a person outside a page: toasts, questions, alarms, and words for screen
 * readers. Elements show them; whoever has something to say calls here.
 */
import type { EngineProblem } from '../bridge/engine-api.ts';
import { Value, type Observable } from './observable.ts';

export type Tone = 'info' | 'success' | 'warning' | 'danger';

export interface Toast {
  readonly id: number;
  readonly tone: Tone;
  readonly text: string;
  readonly detail?: string;
  readonly actionLabel?: string;
  readonly onAction?: () => void;
  /** Stays until it is closed. */
  readonly sticky: boolean;
}

export interface Question {
  readonly title: string;
  readonly text: string;
  readonly confirmLabel: string;
  readonly cancelLabel?: string;
  readonly danger?: boolean;
  /** A third way, beside agreeing and not. */
  readonly otherLabel?: string;
}

export type Answer = 'yes' | 'no' | 'other';

interface OpenQuestion extends Question {
  readonly answer: (answer: Answer) => void;
}

export class Notices {
  readonly #toasts = new Value<readonly Toast[]>([]);
  readonly #alarms = new Value<readonly EngineProblem[]>([]);
  readonly #question = new Value<OpenQuestion | undefined>(undefined);
  readonly #announcement = new Value<{ readonly text: string }>({ text: '' });
  #nextId = 1;

  get toasts(): Observable<readonly Toast[]> {
    return this.#toasts;
  }

  get alarms(): Observable<readonly EngineProblem[]> {
    return this.#alarms;
  }

  get question(): Observable<OpenQuestion | undefined> {
    return this.#question;
  }

  /** The last words for screen readers; a new object each time, so that a repetition is heard. */
  get announcement(): Observable<{ readonly text: string }> {
    return this.#announcement;
  }

  /** Shows a toast; errors stay until they are closed. Returns its id. */
  toast(
    tone: Tone,
    text: string,
    extra: Partial<Pick<Toast, 'detail' | 'actionLabel' | 'onAction' | 'sticky'>> = {},
  ): number {
    const id = this.#nextId++;
    const toast: Toast = { id, tone, text, sticky: tone === 'danger', ...extra };
    this.#toasts.update((toasts) => [...toasts.slice(-3), toast]);
    return id;
  }

  /** Shows what went wrong, in words. */
  problem(problem: EngineProblem): void {
    this.toast('danger', problem.words, problem.detail === undefined ? {} : { detail: problem.detail });
  }

  dismiss(id: number): void {
    this.#toasts.update((toasts) => toasts.filter((toast) => toast.id !== id));
  }

  /** Takes all toasts away: they may name what whoever looks now must not see. */
  dismissAll(): void {
    this.#toasts.set([]);
  }

  /** Raises an alarm that stays on every page until it is closed; a second of its kind is not shown. */
  alarm(problem: EngineProblem): void {
    this.#alarms.update((alarms) =>
      alarms.some(({ code, detail }) => code === problem.code && detail === problem.detail)
        ? alarms
        : [...alarms, problem],
    );
  }

  dismissAlarm(problem: EngineProblem): void {
    this.#alarms.update((alarms) => alarms.filter((alarm) => alarm !== problem));
  }

  /** Asks, and tells whether the person agreed. A question that was open counts as declined. */
  async ask(question: Question): Promise<boolean> {
    return (await this.choose(question)) === 'yes';
  }

  /** Asks, and tells which of the ways the person took. A question that was open counts as declined. */
  choose(question: Question): Promise<Answer> {
    this.#question.value?.answer('no');
    return new Promise((resolve) => {
      const answer = (given: Answer): void => {
        this.#question.set(undefined);
        resolve(given);
      };
      this.#question.set({ ...question, answer });
    });
  }

  /** Words for screen readers. */
  announce(text: string): void {
    this.#announcement.set({ text });
  }
}
