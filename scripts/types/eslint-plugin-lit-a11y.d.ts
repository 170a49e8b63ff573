/** The plugin ships no types of its own. */
declare module 'eslint-plugin-lit-a11y' {
  import type { ESLint, Linter } from 'eslint';

  const plugin: ESLint.Plugin & { readonly configs: { readonly recommended: Linter.Config } };
  export default plugin;
}
