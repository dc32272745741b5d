import { Login } from './components/login';
import { Shell } from './components/shell';
import { account, expired } from './session';

export function App() {
  if (!account.value) return <Login />;
  return (
    <>
      <Shell key={account.value.id} />
      {expired.value && <Login again />}
    </>
  );
}
