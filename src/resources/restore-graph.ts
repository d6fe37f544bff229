/**
 * In which order objects are written: by the rank of their kinds, refined by what each of them needs. An object comes after everything
 * that it needs, also where the ranks say otherwise (a ConfigMap that belongs to a custom resource).
 */

/** An object to order. */
export interface GraphNode {
  readonly id: string;
  /** Of `restoreRank`. */
  readonly rank: number;
}

/** One object that needs another. */
export interface GraphEdge {
  readonly from: string;
  /** What it needs. */
  readonly to: string;
  /**
   * Without it `from` cannot be written as it should be: its namespace, its kind, its owner. Otherwise it names `to`, which matters only
   * where `to` has no later rank: a webhook comes after its Service, but a kind does not wait for the Service that converts it.
   */
  readonly hard: boolean;
}

/** Where an object stands. */
export interface GraphPlace {
  /** From 0, without gaps. Objects of one level do not need each other. */
  readonly level: number;
  /** What comes before it because of an edge. */
  readonly dependsOn: readonly string[];
}

interface Vertex {
  readonly node: GraphNode;
  readonly soft: Set<Vertex>;
  readonly hard: Set<Vertex>;
  readonly dependents: Vertex[];
  readonly kept: string[];
  place: number;
}

/**
 * The place of every node. Edges to unknown nodes are passed over; where edges form a cycle, those that are not hard give way first.
 * Time grows with the number of nodes and edges.
 */
export function restoreLevels(
  nodes: readonly GraphNode[],
  edges: Iterable<GraphEdge>,
): Map<string, GraphPlace> {
  const vertices = new Map<string, Vertex>();
  for (const node of nodes) {
    const vertex = { node, soft: new Set<Vertex>(), hard: new Set<Vertex>(), dependents: [], kept: [] };
    vertices.set(node.id, { ...vertex, place: node.rank * (nodes.length + 1) });
  }
  for (const { from, to, hard } of edges) {
    const [dependent, needed] = [vertices.get(from), vertices.get(to)];
    if (dependent === undefined || needed === undefined || dependent === needed) continue;
    if (!hard && needed.node.rank > dependent.node.rank) continue;
    (hard ? dependent.hard : dependent.soft).add(needed);
    needed.dependents.push(dependent);
  }
  place([...vertices.values()]);
  const places = [...new Set([...vertices.values()].map((vertex) => vertex.place))].sort((a, b) => a - b);
  const levels = new Map(places.map((at, level) => [at, level]));
  return new Map(
    [...vertices.values()].map(({ node, place: at, kept }) => [
      node.id,
      { level: levels.get(at) ?? 0, dependsOn: kept.sort() },
    ]),
  );
}

/** Kahn's algorithm; a vertex that waits for itself is freed of its soft edges, then of its hard ones. */
function place(vertices: readonly Vertex[]): void {
  const ready = vertices.filter(isFree);
  const placed = new Set<Vertex>();
  let [softNext, hardNext] = [0, 0];
  const settle = (): void => {
    for (let vertex = ready.pop(); vertex !== undefined; vertex = ready.pop()) {
      if (placed.has(vertex)) continue;
      placed.add(vertex);
      for (const dependent of vertex.dependents) {
        if (!dependent.soft.delete(vertex) && !dependent.hard.delete(vertex)) continue;
        // An edge of either strength may lead here twice.
        dependent.hard.delete(vertex);
        dependent.kept.push(vertex.node.id);
        dependent.place = Math.max(dependent.place, vertex.place + 1);
        if (isFree(dependent)) ready.push(dependent);
      }
    }
  };
  settle();
  while (placed.size < vertices.length) {
    while (softNext < vertices.length && vertices[softNext]?.soft.size === 0) softNext++;
    const stuck = vertices[softNext];
    if (stuck !== undefined) {
      stuck.soft.clear();
      if (isFree(stuck)) ready.push(stuck);
    } else {
      const cyclic = vertices[hardNext++];
      if (cyclic === undefined) return;
      cyclic.hard.clear();
      if (!placed.has(cyclic)) ready.push(cyclic);
    }
    settle();
  }
}

function isFree({ soft, hard }: Vertex): boolean {
  return soft.size === 0 && hard.size === 0;
}
