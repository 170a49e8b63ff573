/** Choosing from a dropdown menu without opening it: as the menu itself tells of a choice. */
import { WaSelectEvent } from '@awesome.me/webawesome/dist/events/select.js';

/** As if the person had chosen the item of that value. Throws if the menu has none. */
export function choose(menu: HTMLElement, value: string): void {
  const item = [...menu.querySelectorAll('wa-dropdown-item')].find(
    (each) => each.getAttribute('value') === value,
  );
  if (item === undefined) throw new Error(`The menu has no ${value}`);
  menu.dispatchEvent(new WaSelectEvent({ item }));
}
