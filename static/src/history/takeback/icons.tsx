import { stroke } from "../../editor/icons";

export function RestoreIcon() {
  return (
    <svg {...stroke}>
      <path d="M8 5L4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11H8" />
    </svg>
  );
}
