/**
 * Returns what the lines of an order cost together.
 *
 * @param {{price: number, count: number}[]} lines
 */
export const total = (lines) => lines.reduce((sum, { price, count }) => sum + price * count, 0);
