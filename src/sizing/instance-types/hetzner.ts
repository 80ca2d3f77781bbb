/** Hetzner Cloud. The page says GB and means GiB: a cpx11 of 2 GB shows 1.9 GiB to its kernel. */
import { arm, x86, type VendorPage } from "./family";

/** What Hetzner lists, and listed in 2025. */
export const hetzner: readonly VendorPage[] = [
  {
    page: "https://www.hetzner.com/cloud/",
    date: "2025-08",
    families: [
      x86("cx*", 2, "22=2 32=4 42=8 52=16"),
      x86("cpx*", 2, "11=2:2 21=3:4 31=4 41=8 51=16"),
      arm("cax*", 2, "11=2 21=4 31=8 41=16"),
      x86("ccx*", 4, "13=2 23=4 33=8 43=16 53=32 63=48"),
    ],
  },
  {
    page: "https://www.hetzner.com/cloud/",
    date: "2026-07",
    families: [x86("cx*", 2, "23=2 33=4 43=8 53=16"), x86("cpx*", 2, "12=1 22=2 32=4 42=8 52=12 62=16")],
  },
];
