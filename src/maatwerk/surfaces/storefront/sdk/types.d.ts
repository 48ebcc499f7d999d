/** The words of the browser module, for the type check and for editors; browsers never load this file. */

export type Purpose = "storage" | "analytics" | "personalization" | "advertising" | "email" | "sms" | "push";
/** What the shopper answered; purposes not named stay as they are. */
export type Choice = Partial<Record<Purpose, boolean | "granted" | "denied">>;
export type Properties = Record<string, any>;

/** What the page is about; `type` picks its placements. More fields travel along. */
export interface Page {
  type?: string;
  sku?: string;
  category?: string;
  query?: string;
  [key: string]: any;
}

export interface Cart {
  id?: string;
  items: { sku: string; quantity?: number; price?: number | string }[];
}

/** A decimal string and its currency. */
export interface Money {
  amount: string;
  currency: string;
}

export interface Product {
  name?: string;
  url?: string;
  image?: string;
  price?: Money | null;
  regular_price?: Money | null;
  [key: string]: any;
}

export interface Item {
  sku: string;
  reason?: string;
  product?: Product;
  [key: string]: any;
}

/** One placement's answer. */
export interface Slot {
  kind: string;
  title?: string;
  items?: Item[];
  html?: string;
  block?: string;
  tracking?: string;
  [key: string]: any;
}

export interface Answer {
  decisionId: string;
  personal: boolean;
  placements: Record<string, Slot>;
  [key: string]: any;
}

export interface Ask {
  /** Only these; otherwise all that are marked in the page. */
  placements?: string[];
  page?: Page;
  cart?: Cart;
  events?: { event: string; properties?: Properties }[];
}

/** Draws into the element and returns true, or leaves it to the default. */
export type Renderer = (slot: Slot, element: HTMLElement, placement: string) => boolean | void;
export type Happening = "decision" | "render" | "consent" | "event";
export type Listener = (detail: any) => void;

export interface Options {
  writeKey: string;
  /** Where the server is; the module's own origin otherwise. */
  endpoint?: string;
  page?: Page;
  /** What the shop's consent banner knows. */
  consent?: Choice;
  /** The signed-in user; null says that nobody is signed in. */
  userId?: string | null;
  userSignature?: string;
  cart?: Cart;
  /** Placements to ask for besides those marked in the page. */
  placements?: string[];
  store?: string;
  locale?: string;
  currency?: string;
  country?: string;
  /** Milliseconds that a decision may take (1500). */
  timeout?: number;
  /** False: no event is derived from `page`. */
  automatic?: boolean;
  labels?: { sale: string; regular: string };
}

/** The decision or search that led to a product. */
export interface Origin {
  tracking?: string;
  query_id?: string;
}

/** All that is ever stored about the shopper, under one key. `at` is milliseconds since the epoch. */
export interface Me {
  consent: Record<string, boolean>;
  anonymousId?: string;
  userId?: string;
  session?: { id: string; at: number };
  touched?: (Origin & { sku: string; at: number })[];
}

/** A message of Segment's specification. */
export interface Message {
  type: string;
  messageId: string;
  timestamp: string;
  context: Properties;
  [key: string]: any;
}

/** A pop-up that its trigger may open. */
export interface Popup {
  popup: string;
  variant: string;
  style: "dialog" | "corner" | "bar";
  trigger: { on: string; seconds: number; percent: number };
  state: "waiting" | "ribbon";
  ribbon: string;
  phones: boolean;
  /** When it ends, where it counts down to that. */
  ends: string | null;
  html: string;
  [key: string]: any;
}

/** What maatwerk-popups.js goes by. */
export interface PopupOptions {
  /** The placement of kind `popup` (popup). */
  placement?: string;
  words?: Partial<{ close: string; later: string; ends: string; note: string }>;
}

/** What maatwerk-consent.js goes by. */
export interface Following {
  /** The shop's number in IAB's Global Vendor List; without one the publisher's own purposes count. */
  tcfVendor?: number;
  /** The framework's purposes that each of ours needs, as in the setting `tcf`. */
  tcfPurposes?: Record<string, number[]>;
  /** Where the shopper is (`NL`, `US-CA`), for regional defaults of Google Consent Mode. */
  region?: string;
  /** The name of the data layer. */
  dataLayer?: string;
}
