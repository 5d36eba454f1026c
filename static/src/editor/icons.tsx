/** The editor chrome's own icons; the component brings its own. */

export const stroke = {
  width: 18,
  height: 18,
  viewBox: "0 0 24 24",
  fill: "none",
  stroke: "currentColor",
  strokeWidth: 2,
  strokeLinecap: "round",
  strokeLinejoin: "round",
  "aria-hidden": true,
} as const;

export function BackIcon() {
  return (
    <svg {...stroke}>
      <path d="M15 5l-7 7 7 7" />
    </svg>
  );
}

export function ShareIcon() {
  return (
    <svg {...stroke}>
      <circle cx="9" cy="8" r="3.2" />
      <path d="M3 19c.5-3.600 2.800-5.400 6-5.400s5.500 1.800 6 5.400M18 8v6M15 11h6" />
    </svg>
  );
}

export function SunIcon() {
  return (
    <svg {...stroke}>
      <circle cx="12" cy="12" r="4" />
      <path d="M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1" />
    </svg>
  );
}

export function MoonIcon() {
  return (
    <svg {...stroke}>
      <path d="M20 14.5A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.5z" />
    </svg>
  );
}

export function UndoIcon() {
  return (
    <svg {...stroke}>
      <path d="M8 5L4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11h-3" />
    </svg>
  );
}

export function RedoIcon() {
  return (
    <svg {...stroke}>
      <path d="M16 5l4 4-4 4M20 9H10a5.5 5.5 0 0 0 0 11h3" />
    </svg>
  );
}

export function HistoryIcon() {
  return (
    <svg {...stroke}>
      <path d="M4 5v4h4M4.500 9A8 8 0 1 1 4 12.500M12 8v4.500l3 2" />
    </svg>
  );
}

export function GatherIcon() {
  return (
    <svg {...stroke}>
      <path d="M4 4l5 5M9 5v4H5M20 4l-5 5M15 5v4h4M4 20l5-5M9 19v-4H5M20 20l-5-5M15 19v-4h4" />
    </svg>
  );
}

export function CloseIcon() {
  return (
    <svg {...stroke} width={16} height={16}>
      <path d="M6 6l12 12M18 6L6 18" />
    </svg>
  );
}

export function ExportIcon() {
  return (
    <svg {...stroke}>
      <path d="M12 15V4M8 8l4-4 4 4M5 13v5a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-5" />
    </svg>
  );
}

export function ImportIcon() {
  return (
    <svg {...stroke}>
      <path d="M12 4v11M8 11l4 4 4-4M5 13v5a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-5" />
    </svg>
  );
}

export function LinkIcon() {
  return (
    <svg {...stroke}>
      <path d="M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1" />
    </svg>
  );
}

export function EmbedIcon() {
  return (
    <svg {...stroke}>
      <path d="M8 8l-4 4 4 4M16 8l4 4-4 4M13.5 6l-3 12" />
    </svg>
  );
}
