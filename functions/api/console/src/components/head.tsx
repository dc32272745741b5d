/** The head of a list whose last column has a button or two for each row. */
export function Head({ columns }: { readonly columns: readonly string[] }) {
  return (
    <thead>
      <tr>
        {columns.map((name) => (
          <th key={name}>{name}</th>
        ))}
        <th>
          <span class="hidden">Actions</span>
        </th>
      </tr>
    </thead>
  );
}
