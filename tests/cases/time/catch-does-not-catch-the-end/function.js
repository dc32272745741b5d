while (true) { try { while (true); } catch { continue; } finally { continue; } }
