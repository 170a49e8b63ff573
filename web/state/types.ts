/**
 * The words of the engine's interface as elements may use them: web/ui knows web/state alone, so
 * what it needs of the bridge's types passes through here.
 */
export type {
  ConflictChoice,
  ConnectionState,
  EngineProblem,
  EntryInfo,
  JobProgress,
  PickedSource,
  RecoveryAnswer,
  RestoreReport,
  ServerStatus,
  SnapshotInfo,
} from '../bridge/engine-api.ts';
export type {
  Damage,
  EntryChange,
  FileVersion,
  RetentionPreview,
  SearchHit,
  SnapshotDiff,
  SnapshotMark,
  VerifyDepth,
} from '../bridge/history-api.ts';
export type { NetworkSettings } from '../bridge/network-api.ts';
export type {
  BackupMode,
  RetentionPolicy,
  RulesCount,
  Schedule,
  SourceInfo,
  SourceSettings,
} from '../bridge/sources-api.ts';
export { problemFor, problemOf } from '../bridge/problems.ts';
export type { JobId, SnapshotId, SourceId } from '../../shared/ids.ts';
