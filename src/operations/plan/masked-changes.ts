import { SchemaCatalog } from '../../resources/custom-schema.ts';
import { stringifyJson } from '../../resources/json-text.ts';
import type { JsonObject, JsonValue } from '../../resources/json-value.ts';
import { identityOf } from '../../resources/object-path.ts';
import { withoutBookkeeping } from '../../resources/restorable-object.ts';
import { semanticDiff } from '../../resources/semantic-diff.ts';
import { SecretHider } from '../object-model.ts';
import type { PlannedChange } from './plan.ts';

const VALUE_LENGTH_MAX = 2_000;

/** What writes would change, for eyes that may not see Secrets. */
export class MaskedChanges {
  readonly #hider = new SecretHider();
  readonly #schemas = new SchemaCatalog();

  /** Adds the schema of a custom kind. */
  addDefinition(definition: JsonObject): void {
    this.#schemas.addDefinition(definition);
  }

  /** From the object as it is to the object as it would become. */
  between(live: JsonObject, written: JsonObject, hasStatus: boolean): PlannedChange[] {
    const identity = identityOf(written);
    const schema = identity === undefined ? undefined : this.#schemas.schemaOf(identity);
    const [before, after] = [live, written].map((object) =>
      withoutBookkeeping(this.#hider.hide(object), hasStatus),
    );
    return semanticDiff(before ?? null, after ?? null, schema).map((change) => ({
      op: change.op,
      field: change.label,
      ...(change.before !== undefined && { before: shortened(change.before) }),
      ...(change.after !== undefined && { after: shortened(change.after) }),
    }));
  }
}

function shortened(value: JsonValue): string {
  const text = stringifyJson(value);
  return text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX - 1)}…` : text;
}
