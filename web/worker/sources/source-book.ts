/**
 * What is known of sources: what this device remembers of them, and what the newest snapshots say. Of settings
 * the newer ones count: they may have been changed here, or on another device.
 */
import { encodeSettings } from '../../../shared/format/source-settings.ts';
import { randomId } from '../../../shared/ids.ts';
import type { SourceId } from '../../../shared/ids.ts';
import type { SourceSettings } from '../../bridge/sources-api.ts';
import type { RememberedSource } from '../ports.ts';
import type { ServiceContext } from '../service-context.ts';
import type { KnownSnapshot } from '../vault/mirror.ts';
import { definedOnly } from './defined-only.ts';
import { DEFAULT_SETTINGS, settingsIn } from './settings.ts';

export interface KnownSource {
  readonly sourceId: SourceId;
  readonly name: string;
  readonly settings: SourceSettings;
  readonly remembered?: RememberedSource;
  /** The newest snapshot, of whatever device. */
  readonly newest?: KnownSnapshot;
  /** When this device last backed it up or tried to; 0 for never. */
  readonly lastAtMs: number;
}

export interface SourceToSave {
  readonly sourceId?: SourceId;
  readonly name: string;
  readonly settings: SourceSettings;
  readonly handle?: FileSystemDirectoryHandle;
}

export class SourceBook {
  readonly #context: ServiceContext;

  constructor(context: ServiceContext) {
    this.#context = context;
  }

  /** Every source that has a snapshot or is remembered here, by name. */
  async all(): Promise<KnownSource[]> {
    const remembered = await this.#store.list(this.#vaultId);
    const ids = new Set(remembered.map(({ sourceId }) => sourceId));
    for (const { description } of this.#snapshots()) ids.add(description.sourceId);
    const known = [...ids].map((id) =>
      this.#known(
        id,
        remembered.find(({ sourceId }) => sourceId === id),
      ),
    );
    const byName = new Intl.Collator(undefined, { numeric: true });
    return known.sort((a, b) => byName.compare(a.name, b.name));
  }

  async find(sourceId: SourceId): Promise<KnownSource | undefined> {
    return (await this.all()).find((source) => source.sourceId === sourceId);
  }

  /** Of a source that nobody knows: the defaults. */
  async settings(sourceId: SourceId): Promise<SourceSettings> {
    return (await this.find(sourceId))?.settings ?? DEFAULT_SETTINGS;
  }

  /** Remembers a source, new or known; a folder that was remembered stays so. Throws `too-large`. */
  async save({ sourceId, name, settings, handle }: SourceToSave): Promise<SourceId> {
    encodeSettings(settings);
    const { random, clock } = this.#context.ports;
    const id = sourceId ?? randomId<SourceId>(random);
    const before = (await this.#store.list(this.#vaultId)).find((source) => source.sourceId === id);
    const source = { ...before, sourceId: id, name, settings, savedAtMs: clock.nowMs() };
    await this.#store.put(this.#vaultId, handle === undefined ? source : { ...source, handle });
    this.#changed();
    return id;
  }

  /** Notes how its schedule goes; nothing for a source that isn't remembered any more. */
  async note(
    sourceId: SourceId,
    { triedAtMs, problem }: Pick<RememberedSource, 'triedAtMs' | 'problem'>,
  ): Promise<void> {
    const before = (await this.#store.list(this.#vaultId)).find((source) => source.sourceId === sourceId);
    if (before === undefined) return;
    const { handle, name, settings, savedAtMs } = before;
    await this.#store.put(this.#vaultId, {
      sourceId,
      name,
      settings,
      savedAtMs,
      ...definedOnly({ handle, triedAtMs: triedAtMs ?? before.triedAtMs, problem }),
    });
    this.#changed();
  }

  async forget(sourceId: SourceId): Promise<void> {
    await this.#store.delete(this.#vaultId, sourceId);
    this.#changed();
  }

  get #store(): ServiceContext['ports']['sources'] {
    return this.#context.ports.sources;
  }

  get #vaultId(): ServiceContext['vault']['session']['vaultId'] {
    return this.#context.vault.session.vaultId;
  }

  #snapshots(): KnownSnapshot[] {
    return this.#context.vault.mirror.snapshots().filter(({ mark }) => mark !== 'trashed');
  }

  #known(sourceId: SourceId, remembered: RememberedSource | undefined): KnownSource {
    const snapshots = this.#snapshots().filter(({ description }) => description.sourceId === sourceId);
    const { deviceId } = this.#context.device;
    const here = snapshots.filter(({ description }) => description.deviceId === deviceId);
    const { name, settings } = nameAndSettings(remembered, snapshots[0]);
    const takenAtMs = here.map(({ description }) => description.takenAtMs);
    return {
      sourceId,
      name,
      settings,
      lastAtMs: Math.max(0, remembered?.triedAtMs ?? 0, ...takenAtMs),
      ...definedOnly({ remembered, newest: snapshots[0] }),
    };
  }

  #changed(): void {
    this.#context.tell({ type: 'sources-changed' });
  }
}

/** Of what is remembered here and what travelled with the newest snapshot, the newer. */
function nameAndSettings(
  remembered: RememberedSource | undefined,
  newest: KnownSnapshot | undefined,
): Pick<KnownSource, 'name' | 'settings'> {
  if (newest === undefined) return remembered ?? { name: '', settings: DEFAULT_SETTINGS };
  const { description } = newest;
  const travelled = { name: description.sourceName, settings: settingsIn(description) ?? DEFAULT_SETTINGS };
  if (remembered === undefined) return travelled;
  return remembered.savedAtMs >= description.takenAtMs ? remembered : travelled;
}
