/** Starts backups of what a person picked: finds out which source it is, and remembers its folder. */
import type { BackupRequest, EngineApi, PickedSource } from '../bridge/engine-api.ts';
import type { NamedSource } from '../bridge/pick.ts';
import type { SourceInfo, SourceSettings } from '../bridge/sources-api.ts';
import type { JobId, SourceId } from '../../shared/ids.ts';
import type { PreferencesStore } from './preferences.ts';
import { DEFAULT_SETTINGS, type SourceMatch, type SourcesStore } from './sources-store.ts';

export {
  hasFolderInput,
  hasFolderPicker,
  pickFolderHandle,
  sourceFromEntries,
  sourceFromFiles,
  sourceFromHandle,
  takeDropped,
  type NamedSource,
} from '../bridge/pick.ts';

export interface BackupsPorts {
  readonly engine: Pick<EngineApi, 'backUp'>;
  readonly sources: SourcesStore;
  readonly preferences: PreferencesStore;
  /** Asks the browser not to evict what is stored here; resolves to its answer. */
  readonly askPersistence: () => Promise<boolean>;
  /** Hears of what went wrong beside the backup itself. */
  readonly warn: (text: string) => void;
}

/** Which source a picked one is; `unsure` wants a person's word, with what it may be, best first. */
export type Identity =
  | { readonly kind: 'new' }
  | { readonly kind: 'known'; readonly source: SourceInfo }
  | { readonly kind: 'unsure'; readonly matches: readonly SourceMatch[] };

/** Above this, something of another name may well be the source; below, it only has a few files in common. */
const LOOKS_LIKE = 0.5;
/** Above this, something of the same name is the source. */
const STILL_THE_SAME = 0.1;

/** The rules of what to leave out, of their text: one a line, empty lines and comments left out. */
export function backupRules(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
}

export class Backups {
  readonly #ports: BackupsPorts;

  constructor(ports: BackupsPorts) {
    this.#ports = ports;
  }

  /** Which known source was picked, by its content and its name. Never rejects: what can't be told is new. */
  async identify({ sourceName, picked }: NamedSource): Promise<Identity> {
    const { sources } = this.#ports;
    if (sources.list.value.sources.length === 0) return { kind: 'new' };
    const namesake = sources.named(sourceName);
    const matches = await this.#match(picked);
    return namesake === undefined ? identityOfStranger(matches ?? []) : identityOfNamesake(namesake, matches);
  }

  /** Backs up what was picked, as a new state of `known` or as a new source. Rejects as the engine does. */
  async start({ sourceName, picked }: NamedSource, known?: SourceInfo): Promise<JobId> {
    this.#askPersistenceOnce();
    const { name, settings } = known ?? this.#newSource(sourceName);
    const sourceId = await this.#remember(picked, name, settings, known?.sourceId);
    const { backupMode: mode } = this.#ports.preferences.value;
    const request: BackupRequest = { sourceName: name, picked, mode, settings };
    return this.#ports.engine.backUp(sourceId === undefined ? request : { ...request, sourceId });
  }

  async #match(picked: PickedSource): Promise<readonly SourceMatch[] | undefined> {
    try {
      return await this.#ports.sources.match(picked);
    } catch (error) {
      this.#ports.warn(`What was picked can’t be compared with the known sources: ${String(error)}`);
      return undefined;
    }
  }

  /** Two sources of one name would be one to the engine, and to a person. */
  #newSource(sourceName: string): Pick<SourceInfo, 'name' | 'settings'> {
    const { backupRulesText, backupCompress } = this.#ports.preferences.value;
    const settings = { ...DEFAULT_SETTINGS, rules: backupRules(backupRulesText), compress: backupCompress };
    return { name: this.#ports.sources.uniqueName(sourceName), settings };
  }

  /** A folder that can be opened again is remembered; a backup is not to fail because that does. */
  async #remember(
    picked: PickedSource,
    name: string,
    settings: SourceSettings,
    sourceId: SourceId | undefined,
  ): Promise<SourceId | undefined> {
    if (picked.kind !== 'handle') return sourceId;
    const source = { name, settings, handle: picked.handle };
    try {
      return await this.#ports.sources.save(sourceId === undefined ? source : { ...source, sourceId });
    } catch (error) {
      this.#ports.warn(`The folder can’t be remembered: ${String(error)}`);
      return sourceId;
    }
  }

  #askPersistenceOnce(): void {
    if (this.#ports.preferences.value.persistenceAsked) return;
    this.#ports.preferences.change({ persistenceAsked: true });
    void this.#ports.askPersistence();
  }
}

/** A source of that name: it, if it has something in common with what was picked. */
function identityOfNamesake(namesake: SourceInfo, matches: readonly SourceMatch[] | undefined): Identity {
  if (matches === undefined) return { kind: 'known', source: namesake };
  const match = matches.find(({ source }) => source.sourceId === namesake.sourceId);
  if ((match?.likeness ?? 0) >= STILL_THE_SAME) return { kind: 'known', source: namesake };
  const others = matches.filter(({ source, likeness }) => source !== namesake && likeness >= LOOKS_LIKE);
  return { kind: 'unsure', matches: [...others, match ?? { source: namesake, likeness: 0 }] };
}

function identityOfStranger(matches: readonly SourceMatch[]): Identity {
  const likely = matches.filter(({ likeness }) => likeness >= LOOKS_LIKE);
  return likely.length === 0 ? { kind: 'new' } : { kind: 'unsure', matches: likely };
}
