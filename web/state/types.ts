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
  RecoveryAnswer,
  ServerStatus,
  SnapshotInfo,
} from '../bridge/engine-api.ts';
export { problemFor, problemOf } from '../bridge/problems.ts';
export type { JobId, SnapshotId, SourceId } from '../../shared/ids.ts';
