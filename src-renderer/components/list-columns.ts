import type { TableColumnType } from "antd";
import { utcTime } from "./format.ts";

/** A column of a list page: what the table shows, what the chooser calls it, what a file says. */
export interface ListColumn<T> extends Omit<TableColumnType<T>, "key" | "title" | "width"> {
  /** Stable: it is what a user's choice is kept under. Letters only. */
  readonly key: string;
  readonly label: string;
  readonly width: number;
  /** Not shown until it is chosen. */
  readonly extra?: boolean;
  /** The cell in a file; never a secret. */
  readonly text: (row: T) => string;
}

type Columns<T> = readonly ListColumn<T>[];

/** The columns to show: those chosen that the list knows, in the list's order; its own choice when that leaves none. */
export function shownColumns<T>(all: Columns<T>, chosen: readonly string[] | undefined): Columns<T> {
  const own = all.filter((column) => column.extra !== true);
  if (chosen === undefined) return own;
  const wanted = all.filter((column) => chosen.includes(column.key));
  return wanted.length === 0 ? own : wanted;
}

export function tableColumn<T>({ label, extra: _extra, text: _text, ...column }: ListColumn<T>): TableColumnType<T> {
  return { ...column, title: label };
}

/** Head and lines of a file: the columns shown, of the rows that the filters let through. */
export function listLines<T>(columns: Columns<T>, rows: readonly T[]): string[][] {
  return [columns.map((column) => column.label), ...rows.map((row) => columns.map((column) => column.text(row)))];
}

/** A time in a file: UTC, and it says so. */
export function fileTime(time: number | undefined): string {
  return time === undefined ? "" : `${utcTime(time)}Z`;
}
