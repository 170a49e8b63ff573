/**
 * The lines that every form for getting in has: the name, whether the device stays unlocked, what went wrong,
 * and the button. A controller and not an element: the fields must lie in the page's own form, or Enter, the
 * browser's checks and password managers would not see them together.
 */
import { html, type ReactiveController, type ReactiveControllerHost, type TemplateResult } from 'lit';
import '@awesome.me/webawesome/dist/components/button/button.js';
import '@awesome.me/webawesome/dist/components/input/input.js';
import '@awesome.me/webawesome/dist/components/switch/switch.js';
import type WaInput from '@awesome.me/webawesome/dist/components/input/input.js';
import type WaSwitch from '@awesome.me/webawesome/dist/components/switch/switch.js';
import type { AppModel } from '../../state/app-model.ts';
import '../components/hf-problem.ts';
import type { Task } from './task.ts';

const NAME_MAX_LENGTH = 100;

export class AccountLines implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #model: () => AppModel;
  readonly #task: Task;
  readonly #startsEmpty: boolean;
  #name = '';
  #keepUnlocked = true;

  /**
   * `model` is read when the element is connected; `task` is what the button begins. A new account's form
   * `startsEmpty`: the name that this device remembers is another one's.
   */
  constructor(
    host: ReactiveControllerHost,
    model: () => AppModel,
    task: Task,
    { startsEmpty = false }: { readonly startsEmpty?: boolean } = {},
  ) {
    this.#host = host;
    this.#startsEmpty = startsEmpty;
    this.#model = model;
    this.#task = task;
    host.addController(this);
  }

  /** Without spaces at its ends; of a locked vault it is given. */
  get name(): string {
    return this.#lockedName ?? this.#name.trim();
  }

  get #lockedName(): string | undefined {
    return this.#startsEmpty ? undefined : this.#model().session.lockedName;
  }

  get keepUnlocked(): boolean {
    return this.#keepUnlocked;
  }

  hostConnected(): void {
    if (this.#startsEmpty) return;
    const { accountName, keepUnlocked } = this.#model().preferences.value;
    this.#name = accountName;
    this.#keepUnlocked = keepUnlocked;
  }

  /** Somebody else is to sign in. */
  clearName(): void {
    this.#name = '';
    this.#host.requestUpdate();
  }

  /** For the form's beginning. */
  renderName(testId: string, hint = ''): TemplateResult {
    return html`<wa-input
      label="Name"
      hint=${hint}
      autocomplete="username"
      autocapitalize="none"
      spellcheck="false"
      required
      maxlength=${NAME_MAX_LENGTH}
      data-testid=${testId}
      ?readonly=${this.#lockedName !== undefined}
      .value=${this.#lockedName ?? this.#name}
      @input=${this.#onName}
    ></wa-input>`;
  }

  /** For the form's end. */
  renderEnd(testId: string, words: string): TemplateResult {
    return html`<wa-switch
        data-testid="keep-unlocked"
        .checked=${this.#keepUnlocked}
        @change=${this.#onKeepUnlocked}
        >Keep this device unlocked</wa-switch
      >
      <hf-problem .problem=${this.#task.problem}></hf-problem>
      <wa-button
        type="submit"
        variant="brand"
        appearance="accent"
        data-testid=${testId}
        ?loading=${this.#task.running}
        >${words}</wa-button
      >`;
  }

  readonly #onName = (event: Event): void => {
    this.#name = (event.target as WaInput).value ?? '';
    this.#host.requestUpdate();
  };

  readonly #onKeepUnlocked = (event: Event): void => {
    this.#keepUnlocked = (event.target as WaSwitch).checked;
    this.#host.requestUpdate();
  };
}
