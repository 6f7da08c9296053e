import type { SeenSpecies } from './answers.ts';
import { DECISION_GROUPS } from './decisions.ts';
import { h } from './dom.ts';
import type { FilterState } from './filter-state.ts';
import { formatCount, nameOf } from './format.ts';

/** The form of filters, and what is filtered by as buttons that take it back. */
export function createFilterBar(
  state: FilterState,
  species: Promise<readonly SeenSpecies[]>,
): HTMLElement {
  const options = h('datalist', { id: 'species' });
  const taxon = h('input', {
    id: 'taxon',
    type: 'text',
    list: 'species',
    placeholder: 'Name, at any rank',
    autocomplete: 'off',
    spellcheck: 'false',
    maxlength: '200',
  });
  const from = h('input', { id: 'from', type: 'date' });
  const to = h('input', { id: 'to', type: 'date' });
  const decision = h(
    'select',
    { id: 'decision' },
    h('option', { value: '' }, 'Any'),
    DECISION_GROUPS.map(({ id, name }) => h('option', { value: id }, name)),
  );
  const chips = h('ul', { class: 'chips', 'aria-label': 'Filtered by' });
  let known: readonly SeenSpecies[] = [];
  species.then(
    (all) => {
      known = all;
      options.append(...all.map(toOption));
      show();
    },
    () => {}, // the panels say what went wrong
  );

  const addTaxon = () => {
    const name = findLabel(taxon.value, known);
    taxon.value = '';
    if (name) state.change({ taxon: [...new Set([...state.current.taxon, name])] });
  };
  taxon.addEventListener('change', addTaxon);
  // Choosing from the list ends the entry; browsers say so by an input that was not typed.
  taxon.addEventListener('input', (event) => {
    if (
      !(event as InputEvent).inputType ||
      (event as InputEvent).inputType === 'insertReplacementText'
    )
      addTaxon();
  });
  from.addEventListener('change', () => state.change({ from: from.value }));
  to.addEventListener('change', () => state.change({ to: to.value }));
  decision.addEventListener('change', () => {
    const group = DECISION_GROUPS.find(({ id }) => id === decision.value);
    state.change({ decision: group?.decisions ?? [] });
  });

  function show(): void {
    const { current } = state;
    from.value = current.from;
    to.value = current.to;
    to.min = current.from;
    from.max = current.to;
    decision.value =
      DECISION_GROUPS.find(({ decisions }) => decisions.join() === current.decision.join())?.id ??
      '';
    const named = new Map(known.map((one) => [one.label, nameOf(one)]));
    const removals: [string, () => void][] = current.taxon.map((label) => [
      named.get(label) ?? label,
      () => state.change({ taxon: current.taxon.filter((other) => other !== label) }),
    ]);
    if (current.decision.length > 0 && decision.value === '') {
      removals.push([current.decision.join(', '), () => state.change({ decision: [] })]);
    }
    const filtered = removals.length > 0 || current.from || current.to || decision.value;
    chips.replaceChildren(
      ...removals.map(([name, remove]) =>
        chip(name, `Remove the filter ${name}`, () => {
          remove();
          taxon.focus();
        }),
      ),
      ...(filtered
        ? [
            chip('Clear all', null, () => {
              state.clear();
              taxon.focus();
            }),
          ]
        : []),
    );
    chips.hidden = !filtered;
  }
  state.addEventListener('change', show);
  show();
  return h(
    'form',
    {
      class: 'filters',
      role: 'search',
      'aria-label': 'Filters',
      onsubmit: (event: Event) => {
        event.preventDefault();
        addTaxon();
      },
    },
    field('taxon', 'Species or taxon', taxon, options),
    field('from', 'From', from),
    field('to', 'To', to),
    field('decision', 'Decision', decision),
    chips,
  );
}

function field(id: string, name: string, ...parts: Node[]): HTMLElement {
  return h('div', { class: 'field' }, h('label', { for: id }, name), ...parts);
}

function chip(text: string, name: string | null, onclick: () => void): HTMLElement {
  const mark = name && h('span', { 'aria-hidden': 'true' }, ' ×');
  return h(
    'li',
    {},
    h('button', { type: 'button', class: 'chip', 'aria-label': name, onclick }, text, mark),
  );
}

function toOption(one: SeenSpecies): HTMLElement {
  const name = one.commonName && one.commonName !== one.label ? `${one.commonName} · ` : '';
  return h('option', { value: one.label }, `${name}${formatCount(one.photos)}`);
}

/** What was typed as a label that was seen; else as it is, for it may be a taxon above. */
function findLabel(typed: string, known: readonly SeenSpecies[]): string {
  const text = typed.trim();
  const lower = text.toLowerCase();
  const match = known.find(
    ({ label, commonName }) => label.toLowerCase() === lower || commonName?.toLowerCase() === lower,
  );
  return match?.label ?? text;
}
