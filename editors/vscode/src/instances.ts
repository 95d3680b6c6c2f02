// What `opsc graph`, `opsc state list` and `opsc status` say of one project, as one list of instances.

export interface Origin {
  file: string;
  line: number; // from 1
  column: number; // from 1
}

export interface GraphNode {
  address: string;
  type: string;
  doc?: string;
  origin?: Origin;
  needs?: { address: string }[];
}

export interface Recorded {
  address: string;
  type: string;
  outs?: Record<string, unknown>;
  tainted?: boolean;
  protect?: boolean;
  depends_on?: string[];
}

export interface Status {
  services?: Record<string, string>;
  interrupted?: string[];
}

// Declared and not there yet; made true; there and no longer declared; half made; and what a service does.
export type State = 'new' | 'applied' | 'orphaned' | 'tainted' | 'interrupted' | 'up' | 'down' | 'unknown';

export interface Instance {
  address: string;
  type: string;
  state: State;
  doc: string;
  origin?: Origin;
  outs: Record<string, unknown>;
  needs: string[];
  protect: boolean;
}

function stateOf(recorded: Recorded | undefined, isDeclared: boolean, address: string, status: Status): State {
  if (status.interrupted?.includes(address)) return 'interrupted';
  if (!recorded) return 'new';
  if (recorded.tainted) return 'tainted';
  if (!isDeclared) return 'orphaned';
  const service = status.services?.[address];
  if (service === undefined) return 'applied';
  return service === 'up' || service === 'down' ? service : 'unknown';
}

// `graph` is undefined while the sources have errors: then what is recorded counts as declared.
export function instancesOf(graph: GraphNode[] | undefined, recorded: Recorded[], status: Status): Instance[] {
  const byAddress = new Map(recorded.map((entry) => [entry.address, entry]));
  const declared = new Map((graph ?? []).map((node) => [node.address, node]));
  const addresses = [...new Set([...declared.keys(), ...byAddress.keys()])].sort();
  return addresses.map((address) => {
    const node = declared.get(address);
    const entry = byAddress.get(address);
    return {
      address,
      type: node?.type ?? entry?.type ?? '',
      state: stateOf(entry, node !== undefined || graph === undefined, address, status),
      doc: node?.doc ?? '',
      origin: node?.origin,
      outs: entry?.outs ?? {},
      needs: node?.needs?.map((need) => need.address) ?? entry?.depends_on ?? [],
      protect: entry?.protect ?? false,
    };
  });
}

export const stateText: Record<State, string> = {
  new: 'not applied yet',
  applied: 'applied',
  orphaned: 'no longer declared',
  tainted: 'failed half way, will be replaced',
  interrupted: 'interrupted, the next apply ends it',
  up: 'up',
  down: 'down',
  unknown: 'unknown',
};

// One line for a value of an out: a file is its path, a secret is not shown.
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value !== null && typeof value === 'object') {
    if ('$secret' in value) return '(secret)';
    if ('$pending' in value) return '(after apply)';
    if ('$ref' in value) return String((value as { $ref: unknown }).$ref);
  }
  return JSON.stringify(value);
}

// "2 to run, 1 to create", from the changes of a saved plan; empty when there is nothing to do.
export function planText(changes: { action: string }[]): string {
  const words: [string, string][] = [
    ['run', 'to run'],
    ['create', 'to create'],
    ['update', 'to change'],
    ['replace', 'to replace'],
    ['delete', 'to delete'],
    ['adopt', 'to adopt'],
    ['forget', 'to forget'],
  ];
  const counted = words.map(([action, text]) => [changes.filter((c) => c.action === action).length, text] as const);
  return counted
    .filter(([count]) => count > 0)
    .map(([count, text]) => `${count} ${text}`)
    .join(', ');
}
