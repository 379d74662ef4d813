"""How people write their data: lines, numbers, days; pure decisions on texts."""
