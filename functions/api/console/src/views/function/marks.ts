// What is said about places in the sources of a function, by file.

import { ApiError, complaintsOf } from '../../api';
import type { Mark } from '../../editor/marks';
import { entryOf, fileOfField, type FunctionDocument, type Warning } from '../../model/functions';
import type { Ran } from './run';

export type Marks = ReadonlyMap<string, readonly Mark[]>;

/** Return the marks of what the API warned of, of what it refused, and of the error of the latest run. */
export function marksOf(document: FunctionDocument, warnings: readonly Warning[], refusal: unknown, ran: Ran | null): Marks {
  const marks = new Map<string, Mark[]>();
  const mark = (file: string | null, at: { line?: number; column?: number; message: string }, rest: Rest) => {
    if (file === null || at.line === undefined) return;
    const { line, column = 1, message } = at;
    marks.set(file, [...(marks.get(file) ?? []), { line, column, message, ...rest }]);
  };
  for (const warning of warnings) {
    mark(fileOfField(document, warning.field), warning, { severity: 'warning', source: 'when it was saved' });
  }
  for (const complaint of refusal instanceof ApiError ? complaintsOf(refusal.data) : []) {
    mark(fileOfField(document, complaint.field), complaint, { severity: 'error', source: 'not saved' });
  }
  const error = ran?.execution?.error;
  if (error?.line) {
    const at = { line: error.line, column: error.column ?? 1, message: `${error.name}: ${error.message}` };
    mark(error.file ?? entryOf(document), at, { severity: 'error', source: 'the latest run' });
  }
  return marks;
}

type Rest = Pick<Mark, 'severity' | 'source'>;
