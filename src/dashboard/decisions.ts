/** A kind of decision, as charts tell them apart. */
export interface DecisionGroup {
  readonly id: string;
  readonly name: string;
  /** As the API filters by them. */
  readonly decisions: readonly string[];
  /** Number of its colour in the style sheet. */
  readonly colour: number;
}

export const DECISION_GROUPS: readonly DecisionGroup[] = [
  {
    id: 'agrees',
    name: 'Region agrees',
    decisions: ['region_weighted', 'region_masked'],
    colour: 1,
  },
  { id: 'vision', name: 'Picture alone', decisions: ['vision'], colour: 2 },
  { id: 'conflict', name: 'Region conflict', decisions: ['region_demoted'], colour: 3 },
  { id: 'rolled', name: 'Rolled up', decisions: ['rolled_up'], colour: 4 },
  { id: 'unknown', name: 'Unknown', decisions: ['unknown'], colour: 5 },
  {
    id: 'none',
    name: 'No animal',
    decisions: ['blank', 'human', 'vehicle', 'other'],
    colour: 0,
  },
];

/** Ranks that predictions are rolled up to, the lowest first. */
export const ROLL_UP_RANKS = ['genus', 'family', 'order', 'class', 'phylum', 'kingdom'];

/** Of `rolled_up:genus`, the group of `rolled_up`. */
export function groupOf(decision: string): DecisionGroup {
  const [kind = ''] = decision.split(':');
  return (
    DECISION_GROUPS.find(({ decisions }) => decisions.includes(kind)) ??
    (DECISION_GROUPS[4] as DecisionGroup)
  );
}
