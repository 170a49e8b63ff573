/** Rules that many people want, as sets to put in by a click. Nothing is left out unless somebody says so. */
export interface RuleSet {
  readonly name: string;
  /** In gitignore's syntax. */
  readonly rules: readonly string[];
}

export const RULE_SETS: readonly RuleSet[] = [
  {
    name: 'System clutter',
    rules: [
      '.DS_Store',
      'Thumbs.db',
      'desktop.ini',
      '.Trash*/',
      '$RECYCLE.BIN/',
      'System Volume Information/',
    ],
  },
  {
    name: 'Temporary files',
    rules: ['*.tmp', '*.temp', '~$*', '.~lock.*', '*.swp', '*.part', '*.crdownload'],
  },
  { name: 'Caches', rules: ['.cache/', 'Cache/', 'Caches/', '__pycache__/', '.thumbnails/'] },
  { name: 'Installed packages', rules: ['node_modules/', '.venv/', 'venv/', 'vendor/bundle/', '.gradle/'] },
  { name: 'Build results', rules: ['dist/', 'build/', 'target/', '*.o', '*.class'] },
  { name: 'Disk images', rules: ['*.iso', '*.vdi', '*.vmdk', '*.qcow2'] },
];
