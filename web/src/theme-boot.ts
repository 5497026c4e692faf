/** Runs before the first paint: a chosen theme must not flash the other one. Without a choice the system's rules. */

const chosen = localStorage.getItem('copse/theme');
if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset['theme'] = chosen;
