import assert from 'node:assert/strict';
import fc from 'fast-check';
import { restoreLevels, type GraphEdge } from '../../src/resources/restore-graph.ts';

const node = (id: string, rank = 0): { id: string; rank: number } => ({ id, rank });
const edge = (from: string, to: string, hard = false): GraphEdge => ({ from, to, hard });

describe('levels of a restore', () => {
  const levelsOf = (...input: Parameters<typeof restoreLevels>): Record<string, number> =>
    Object.fromEntries([...restoreLevels(...input)].map(([id, { level }]) => [id, level]));

  it('follow the ranks, and what objects of a rank name', () => {
    const nodes = [node('pod', 2), node('role', 1), node('role-of-roles', 1)];
    assert.deepEqual(levelsOf(nodes, [edge('role-of-roles', 'role')]), {
      role: 0,
      'role-of-roles': 1,
      pod: 2,
    });
  });

  it('put an owner before what it owns, against the ranks, and what names that after both', () => {
    const nodes = [node('configmap', 1), node('deployment', 2), node('custom', 3)];
    const edges = [edge('configmap', 'custom', true), edge('deployment', 'configmap')];
    assert.deepEqual(levelsOf(nodes, edges), { custom: 0, configmap: 1, deployment: 2 });
  });

  it('do not wait for what is only named and has a later rank', () => {
    assert.deepEqual(levelsOf([node('definition', 0), node('service', 1)], [edge('definition', 'service')]), {
      definition: 0,
      service: 1,
    });
  });

  it('end for every graph, and keep hard edges that no cycle of hard edges breaks', () => {
    const ids = fc.integer({ min: 0, max: 12 }).map((number) => `n${number}`);
    const edges = fc.array(fc.record({ from: ids, to: ids, hard: fc.boolean() }), { maxLength: 40 });
    const nodes = Array.from({ length: 13 }, (_, index) => node(`n${index}`, index % 4));
    fc.assert(
      fc.property(edges, (drawn) => {
        const places = restoreLevels(nodes, drawn);
        assert.equal(places.size, nodes.length);
        for (const [id, { level, dependsOn }] of places) {
          for (const needed of dependsOn) {
            assert.ok((places.get(needed)?.level ?? level) < level, `${id} ${needed}`);
          }
        }
        // Hard edges that go from lower to higher numbers only form no cycle.
        const acyclic = drawn.filter(
          ({ hard, from, to }) => hard && Number(from.slice(1)) > Number(to.slice(1)),
        );
        const ordered = restoreLevels(nodes, acyclic);
        for (const { from, to } of acyclic) {
          assert.ok((ordered.get(to)?.level ?? 0) < (ordered.get(from)?.level ?? 0));
        }
      }),
    );
  });
});
