/** Each as kubectl 1.36 reads it; `yaml-kubectl.test.ts` holds this table against kubectl itself. */
export const SCALARS: readonly (readonly [plain: string, json: string])[] = [
  ...(['y', 'Yes', 'on', 'TRUE'] as const).map((word) => [word, 'true'] as const),
  ...(['n', 'No', 'OFF', 'false'] as const).map((word) => [word, 'false'] as const),
  ...(['~', 'null', 'NULL', ''] as const).map((word) => [word, 'null'] as const),
  ...(
    ['yEs', 'nUll', '_1', '1:30', '2001-01-01', '1.2.3', '0x', '<<', '=', '1e400', '12e4567', '0b2'] as const
  ).map((text) => [text, JSON.stringify(text)] as const),
  ['0644', '420'],
  ['0o17', '15'],
  ['0x1F', '31'],
  ['-0x1f', '-31'],
  ['0b101', '5'],
  ['1_000', '1000'],
  ['+1', '1'],
  ['08', '8'],
  ['1.', '1'],
  ['.5', '0.5'],
  ['+1.5e3', '1500'],
  ['1_0.5', '10.5'],
  ['0777777777777777777777777', '7.777777777777778e+23'],
  ['0xffffffffffffffff', '18446744073709551615'],
  ['"yes"', '"yes"'],
  ["'0644'", '"0644"'],
  ['!!str 0644', '"0644"'],
  ['!!int "5"', '5'],
  ['!!bool "yes"', 'true'],
  ['!!null ""', 'null'],
];
