/** What must not be in any page: noted when the story meets it, looked for in the end. */
const noted = new Map();

export const secrets = {
  note: (what, value) => noted.set(value, what),
  get all() {
    return [...noted].map(([value, what]) => ({ value, what }));
  },
};
