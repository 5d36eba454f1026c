export function RestoreIcon() {
  return (
    <svg
      width={18}
      height={18}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={2}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden
    >
      <path d="M8 5L4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11H8" />
    </svg>
  );
}
