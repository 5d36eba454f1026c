import type { Page } from "./page";
import { initials, type Person } from "./peers";

const MOST_AVATARS = 5;

export function Avatars({ page, others }: { page: Page; others: Person[] }) {
  const shown = others.slice(0, MOST_AVATARS);
  const more = others.length - shown.length;
  return (
    <ul className="avatars" aria-label="People here" data-testid="avatars">
      {shown.map(({ user }) => (
        <Avatar key={user.id} name={user.name} color={user.color} label={user.name} />
      ))}
      {more > 0 && (
        <li className="avatar avatar-more" title={`${more} more`}>
          +{more}
        </li>
      )}
      <Avatar name={page.user.name} color={page.user.color} label={`${page.user.name} (you)`} own />
    </ul>
  );
}

function Avatar({ name, color, label, own }: { name: string; color: string; label: string; own?: boolean }) {
  return (
    <li className={own ? "avatar avatar-own" : "avatar"} style={{ backgroundColor: color }} title={label}>
      <span aria-hidden="true">{initials(name)}</span>
      <span className="visually-hidden">{label}</span>
    </li>
  );
}
