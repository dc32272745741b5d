import { z } from 'zod';

const Player = z.object({
  username: z.string().min(1),
  xp: z.number().int().positive(),
  email: z.email().optional(),
});

export default ({ players }: { players: unknown[] }) =>
  players.map((player) => {
    const parsed = Player.safeParse(player);
    return parsed.success
      ? parsed.data
      : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  });
