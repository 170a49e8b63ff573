/** The element of each page, with what its address says. */
import { html, type TemplateResult } from 'lit';
import '@awesome.me/webawesome/dist/components/button/button.js';
import type { AppModel } from '../state/app-model.ts';
import { formatRoute, type PageName, type Route } from '../state/routes.ts';
import './components/hf-empty.ts';

type Renderers = {
  readonly [Page in PageName]: (model: AppModel, route: Extract<Route, { page: Page }>) => TemplateResult;
};

const RENDERERS: Renderers = {
  'first-run': (model, { token }) =>
    html`<hf-page-first-run .model=${model} .token=${token} is-first></hf-page-first-run>`,
  invite: (model, { token }) => html`<hf-page-first-run .model=${model} .token=${token}></hf-page-first-run>`,
  'sign-in': (model) => html`<hf-page-sign-in .model=${model}></hf-page-sign-in>`,
  recover: (model) => html`<hf-page-recover .model=${model}></hf-page-recover>`,
  backup: (model) => html`<hf-page-backup .model=${model}></hf-page-backup>`,
  snapshots: (model, { sourceId }) =>
    html`<hf-page-snapshots .model=${model} .sourceId=${sourceId}></hf-page-snapshots>`,
  snapshot: (model, { snapshotId, path }) =>
    html`<hf-page-snapshot .model=${model} .snapshotId=${snapshotId} .path=${path}></hf-page-snapshot>`,
  compare: (model, { before, after }) =>
    html`<hf-page-compare .model=${model} .fromId=${before} .toId=${after}></hf-page-compare>`,
  versions: (model, { sourceId, path }) =>
    html`<hf-page-versions .model=${model} .sourceId=${sourceId} .path=${path}></hf-page-versions>`,
  search: (model, { text }) => html`<hf-page-search .model=${model} .text=${text}></hf-page-search>`,
  queue: (model) => html`<hf-page-queue .model=${model}></hf-page-queue>`,
  trash: (model) => html`<hf-page-trash .model=${model}></hf-page-trash>`,
  check: (model) => html`<hf-page-check .model=${model}></hf-page-check>`,
  settings: (model) => html`<hf-page-settings .model=${model}></hf-page-settings>`,
  log: (model) => html`<hf-page-log .model=${model}></hf-page-log>`,
  unknown: () =>
    html`<hf-empty
      is-page
      icon="search"
      heading="There is no such page"
      text="The address may be mistyped or cut off."
    >
      <wa-button variant="brand" appearance="outlined" href=${formatRoute({ page: 'backup' })}
        >To the backup page</wa-button
      >
    </hf-empty>`,
};

/** The page that `route` leads to. */
export function renderPage(model: AppModel, route: Route): TemplateResult {
  // Each renderer takes its own page's route; the table's type keeps them together.
  const render = RENDERERS[route.page] as (model: AppModel, route: Route) => TemplateResult;
  return render(model, route);
}
