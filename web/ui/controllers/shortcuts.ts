/** Listens for the app's keyboard shortcuts and does what they say. */
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { AppModel } from '../../state/app-model.ts';
import { problemOf } from '../../state/types.ts';
import { isTyping, ShortcutReader, type ShortcutAction } from '../shortcuts.ts';

export interface ShortcutTargets {
  help(): void;
  /** The element of the page that is shown. */
  page(): Element | null;
}

interface PageWithPicker extends Element {
  pickFolder(): void;
}

interface PageWithSearch extends Element {
  focusSearch(): void;
}

export class Shortcuts implements ReactiveController {
  readonly #model: () => AppModel;
  readonly #targets: ShortcutTargets;
  readonly #reader = new ShortcutReader();

  constructor(host: ReactiveControllerHost, model: () => AppModel, targets: ShortcutTargets) {
    this.#model = model;
    this.#targets = targets;
    host.addController(this);
  }

  hostConnected(): void {
    globalThis.addEventListener('keydown', this.#onKeydown);
  }

  hostDisconnected(): void {
    globalThis.removeEventListener('keydown', this.#onKeydown);
  }

  readonly #onKeydown = (event: KeyboardEvent): void => {
    const model = this.#model();
    if (!model.preferences.value.shortcutsOn || isModified(event) || isTyping(event)) return;
    if (model.notices.question.value !== undefined) return;
    const action = this.#reader.read(event.key, event.timeStamp);
    if (action === undefined) return;
    event.preventDefault();
    this.#actions[action]();
  };

  readonly #actions: Readonly<Record<ShortcutAction, () => void>> = {
    help: () => {
      this.#targets.help();
    },
    backup: () => {
      this.#go('backup');
    },
    snapshots: () => {
      this.#go('snapshots');
    },
    queue: () => {
      this.#go('queue');
    },
    trash: () => {
      this.#go('trash');
    },
    settings: () => {
      this.#go('settings');
    },
    log: () => {
      this.#go('log');
    },
    'pick-folder': () => {
      const page = this.#targets.page();
      if (page?.localName === 'hf-page-backup') (page as PageWithPicker).pickFolder();
    },
    search: () => {
      const page = this.#targets.page();
      const searches = page !== null && 'focusSearch' in page;
      if (searches) (page as PageWithSearch).focusSearch();
      else if (this.#model().session.isSignedIn) this.#model().router.go({ page: 'search', text: '' });
    },
    pause: () => {
      this.#pauseOrResume();
    },
    theme: () => {
      const dark = document.documentElement.dataset.theme === 'dark';
      this.#model().preferences.change({ theme: dark ? 'light' : 'dark' });
    },
  };

  #go(page: 'backup' | 'snapshots' | 'trash' | 'queue' | 'settings' | 'log'): void {
    if (this.#model().session.isSignedIn) this.#model().router.go({ page });
  }

  #pauseOrResume(): void {
    const { jobs, notices } = this.#model();
    const { running } = jobs;
    if (running === undefined) return;
    const { jobId, phase } = running.progress;
    const done = phase === 'paused' ? jobs.resume(jobId) : jobs.pause(jobId);
    done.catch((error: unknown) => {
      notices.problem(problemOf(error));
    });
  }
}

function isModified(event: KeyboardEvent): boolean {
  return event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented;
}
