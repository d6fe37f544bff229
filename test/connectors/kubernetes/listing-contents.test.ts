/** What was read of a listing, and what has become of it. */
import assert from 'node:assert/strict';
import { ListingContents } from '../../../src/connectors/kubernetes/listing-contents.ts';

describe('contents of a listing', () => {
  it('tells what comes twice', () => {
    const contents = new ListingContents();
    contents.beginAsOf('10');
    assert.deepEqual(
      ['/a', '/b', '/a'].map((path) => contents.add(path, '1')),
      [true, true, false],
    );
    assert.equal(contents.outdated, 0);
    assert.equal(contents.resourceVersion, '10');
  });

  it('counts what has changed or gone when it is listed again, and takes what is new', () => {
    const contents = new ListingContents();
    contents.beginAsOf('10');
    for (const path of ['/same', '/changed', '/gone']) contents.add(path, '1');
    contents.beginAsOf('20');
    assert.equal(contents.add('/same', '1'), false);
    assert.equal(contents.add('/changed', '15'), false);
    assert.equal(contents.add('/new', '16'), true);
    assert.equal(contents.outdated, 2);
  });

  it('has nothing outdated when nothing was read before', () => {
    const contents = new ListingContents();
    contents.beginAsOf('10');
    contents.beginAsOf('20');
    contents.add('/a', '1');
    assert.equal(contents.outdated, 0);
  });
});
