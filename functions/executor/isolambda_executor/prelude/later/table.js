// Draws a table of objects or lists: each is a row, each of their keys a column.
const { DEPTH, inspectProperty, kindOf } = later('show');
const COLUMNS = 30;
const CELL_TEXT = 200;
const CELLED = { __proto__: null, Object: true, Array: true, TypedArray: true, Arguments: true };

// Returns the first line of a text.
const cellOf = (text) => {
  const end = indexOf(text, '\n');
  return shorten(end < 0 ? text : `${slice(text, 0, end)}…`, CELL_TEXT);
};

const paddedTo = (text, width) => {
  while (text.length < width) text += ' ';
  return text;
};

const drawn = (columns, rows) => {
  const widths = list();
  for (let c = 0; c < columns.length; c++) {
    widths[c] = columns[c].length;
    for (let r = 0; r < rows.length; r++) widths[c] = max(widths[c], (rows[r][c] ?? '').length);
  }
  const ruled = (left, middle, right) => {
    let text = left;
    for (let c = 0; c < widths.length; c++) {
      for (let i = 0; i < widths[c] + 2; i++) text += '─';
      text += c < widths.length - 1 ? middle : right;
    }
    return text;
  };
  const lined = (cells) => {
    let text = '│';
    for (let c = 0; c < widths.length; c++) text += ` ${paddedTo(cells[c] ?? '', widths[c])} │`;
    return text;
  };
  let text = `${ruled('┌', '┬', '┐')}\n${lined(columns)}\n${ruled('├', '┼', '┤')}\n`;
  for (let r = 0; r < rows.length; r++) text += `${lined(rows[r])}\n`;
  return text + ruled('└', '┴', '┘');
};

// Returns the keys of an object, or the first ones of a long list.
const keysOf = (object) => {
  const length = isArray(object) ? object.length : isView(object) && viewKind(object) ? viewLength(object) : 0;
  if (length <= ITEMS) return ownKeys(object);
  const keys = list();
  for (let i = 0; i <= ITEMS; i++) keys[i] = `${i}`;
  return keys;
};

const shownProperty = (property, depth) =>
  cellOf('value' in property ? inspect(property.value, depth) : inspectProperty(property));

// Returns index and property of each row, and of one more than it draws.
const rowsOf = (data) => {
  const rows = list();
  const kind = typeof data === 'function' ? 'Object' : kindOf(data);
  if (kind === 'Map' || kind === 'Set') {
    const iterator = kind === 'Map' ? mapEntries(data) : setValues(data);
    for (let i = 0; i <= ITEMS; i++) {
      const { done, value } = kind === 'Map' ? nextOfMap(iterator) : nextOfSet(iterator);
      if (done) break;
      const index = kind === 'Map' ? cellOf(inspect(value[0], DEPTH)) : `${i}`;
      rows[i] = listOf(index, { __proto__: null, value: kind === 'Map' ? value[1] : value });
    }
    return rows;
  }
  const keys = keysOf(data);
  for (let i = 0; i < keys.length && rows.length <= ITEMS; i++) {
    const property = getOwnPropertyDescriptor(data, keys[i]);
    if (typeof keys[i] === 'symbol' || !property?.enumerable) continue;
    rows[rows.length] = listOf(cellOf(keys[i]), property);
  }
  return rows;
};

const hasCells = (value) =>
  typeof value === 'object' && value !== null && !isError(value) && kindOf(value) in CELLED;

// Returns the columns so far, and their places.
const columnsOf = (only) => {
  const names = listOf('(index)');
  const places = { __proto__: null };
  const placeOf = (name) => {
    if (!(name in places) && names.length <= COLUMNS) {
      places[name] = names.length;
      names[names.length] = cellOf(name);
    }
    return places[name];
  };
  const wanted = list();
  for (let i = 0; i < min(only.length, COLUMNS); i++) {
    const name = getOwnPropertyDescriptor(only, i)?.value;
    if (typeof name !== 'string' && typeof name !== 'number') continue;
    wanted[wanted.length] = `${name}`;
    placeOf(`${name}`);
  }
  return { __proto__: null, names, placeOf, wanted };
};

// Returns undefined if the data are no table.
const tableText = (given, only) => {
  const data = behind(given);
  if (data === null || (typeof data !== 'object' && typeof data !== 'function')) return undefined;
  const hasColumns = isArray(only);
  const { names, placeOf, wanted } = columnsOf(hasColumns ? behind(only) : list());
  const found = rowsOf(data);
  const rows = list();
  const values = list(); // of rows that are not objects
  for (let r = 0; r < min(found.length, ITEMS); r++) {
    const property = found[r][1];
    rows[r] = listOf(found[r][0]);
    const row = behind(property.value);
    if (!hasCells(row)) {
      values[r] = shownProperty(property, 1);
      continue;
    }
    const keys = hasColumns ? wanted : keysOf(row);
    for (let i = 0; i < min(keys.length, ITEMS); i++) {
      const cell = typeof keys[i] === 'string' ? getOwnPropertyDescriptor(row, keys[i]) : undefined;
      const place = cell && (hasColumns || cell.enumerable) ? placeOf(keys[i]) : undefined;
      if (place) rows[r][place] = shownProperty(cell, DEPTH);
    }
  }
  if (values.length) {
    const place = names.length;
    names[place] = 'Values';
    for (let r = 0; r < values.length; r++) if (values[r] !== undefined) rows[r][place] = values[r];
  }
  return drawn(names, rows) + (found.length > ITEMS ? `\n… more than ${ITEMS} rows` : '');
};

return { __proto__: null, tableText };
