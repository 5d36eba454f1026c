/** Icons of the history view. */

import type { ReactNode } from "react";
import { stroke as large } from "../editor/icons";

const stroke = { ...large, width: 16, height: 16 };

export function BookmarkIcon() {
  return (
    <svg {...stroke}>
      <path d="M7 4h10v16l-5-4-5 4z" />
    </svg>
  );
}

export function ChevronIcon() {
  return (
    <svg {...stroke}>
      <path d="M7 10l5 5 5-5" />
    </svg>
  );
}

export function PencilIcon() {
  return (
    <svg {...stroke}>
      <path d="M5 19l1-4L16.500 4.500l3 3L9 18zM14 7l3 3" />
    </svg>
  );
}

export function BinIcon() {
  return (
    <svg {...stroke}>
      <path d="M5 7h14M10 7V4.500h4V7M7 7l1 12.500h8L17 7" />
    </svg>
  );
}

export function PinIcon() {
  return (
    <svg {...stroke}>
      <path d="M9 4h6l-1 7 3 3H7l3-3zM12 14v6" />
    </svg>
  );
}

export function DownloadIcon() {
  return (
    <svg {...stroke}>
      <path d="M12 4v11M8 11l4 4 4-4M5 19h14" />
    </svg>
  );
}

const SHAPES: Record<string, ReactNode> = {
  rectangle: <rect x="4" y="6" width="16" height="12" rx="1.5" />,
  ellipse: <ellipse cx="12" cy="12" rx="8.500" ry="6.500" />,
  diamond: <path d="M12 4l8 8-8 8-8-8z" />,
  line: <path d="M5 18L19 6" />,
  arrow: <path d="M5 18L19 6M12 6h7v7" />,
  freedraw: <path d="M4 15c3-8 6-8 6-3s3 6 4 1 3-6 6-4" />,
  text: <path d="M6 8V5h12v3M12 5v14M9.500 19h5" />,
  image: <path d="M4 6h16v12H4zM4 15l5-4 4 4 2.500-2L20 16" />,
  frame: <path d="M7 4v16M17 4v16M4 7h16M4 17h16" />,
};

/** Of several types: the sign of many. */
export function TypeIcon({ type }: { type: string }) {
  return (
    <svg {...stroke} className="type-icon">
      {SHAPES[type] ?? <path d="M5 5h9v9H5zM10 18h9V9" />}
    </svg>
  );
}
