/** Whose backups meet the faults. */
export const ACCOUNT = { name: 'Ada', password: 'Violett blühn die Disteln 7' };
