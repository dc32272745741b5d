import { compareAsc, format, formatDistance, subDays } from 'date-fns';
import { eo } from 'date-fns/locale';

const now = new Date(2014, 1, 11);

export default () => ({
  formatted: format(now, 'yyyy-MM-dd'),
  sorted: [new Date(1995, 6, 2), new Date(1987, 1, 11), new Date(1989, 6, 10)]
    .sort(compareAsc)
    .map((date) => format(date, "EEEE, do 'of' MMMM yyyy")),
  distances: [undefined, eo].map((locale) =>
    formatDistance(subDays(now, 3), now, { addSuffix: true, locale }),
  ),
});
