/** Google Compute Engine. The pages say GB and mean GiB: an n1-standard-1 of 3.75 GB has 3840 MiB in its interface. */
import { arm, x86, type VendorPage } from "./family";

const pages = "https://docs.cloud.google.com/compute/docs";

const to80 = "2 4 8 16 32 48 64 80";
const n1 = "2 4 8 16 32 64 96";
const c2d = "2 4 8 16 32 56 112";
const c3 = "4 8 22 44 88 176";
const c3d = "4 8 16 30 60 90 180 360";
const c3dDisks = "8 16 30 60 90 180 360";
const c4 = "4 8 16 24 32 48 96 144 192 288";
const c4a = "1 2 4 8 16 32 48 64 72";
const c4aDisks = "4 8 16 32 48 64 72";

const generalPurpose: VendorPage = {
  page: `${pages}/general-purpose-machines`,
  date: "2025-12",
  families: [
    x86("e2-*", 0, "micro=2:1 small=2:2 medium=2:4"),
    x86("e2-standard-*", 4, "2 4 8 16 32"),
    x86("e2-highmem-*", 8, "2 4 8 16"),
    x86("e2-highcpu-*", 1, "2 4 8 16 32"),
    x86("f1-*", 0, "micro=1:0.6"),
    x86("g1-*", 0, "small=1:1.7"),
    x86("n1-standard-*", 3.75, `1 ${n1}`),
    x86("n1-highmem-*", 6.5, n1),
    x86("n1-highcpu-*", 0.9, n1),
    x86("n2-standard-*", 4, `${to80} 96 128`),
    x86("n2-highmem-*", 8, `${to80} 96 128=128:864`),
    x86("n2-highcpu-*", 1, `${to80} 96`),
    x86("n2d-standard-*", 4, `${to80} 96 128 224`),
    x86("n2d-highmem-*", 8, `${to80} 96`),
    x86("n2d-highcpu-*", 1, `${to80} 96 128 224`),
    x86("n4-standard-*", 4, to80),
    x86("n4-highmem-*", 8, to80),
    x86("n4-highcpu-*", 2, to80),
    x86("c3-standard-*", 4, `${c3} 192-metal=192`),
    x86("c3-highmem-*", 8, `${c3} 192-metal=192`),
    x86("c3-highcpu-*", 2, `${c3} 192-metal=192:512`),
    x86("c3-standard-*-lssd", 4, c3),
    x86("c3d-standard-*", 4, c3d),
    x86("c3d-highmem-*", 8, c3d),
    x86("c3d-highcpu-*", 2, "4 8 16 30=30:59 60=60:118 90=90:177 180=180:354 360=360:708"),
    x86("c3d-standard-*-lssd", 4, c3dDisks),
    x86("c3d-highmem-*-lssd", 8, c3dDisks),
    x86("c4-standard-*", 3.75, `2=2:7 ${c4} 288-metal=288`),
    x86("c4-highmem-*", 7.75, `2=2:15 ${c4} 288-metal=288`),
    x86("c4-highcpu-*", 2, `2 ${c4}`),
    x86("c4-standard-*-lssd", 3.75, c4),
    x86("c4-highmem-*-lssd", 7.75, c4),
    x86("c4d-standard-*", 3.875, "2=2:7 4=4:15 8 16 32 48 64 96 192 384 384-metal=384:1536"),
    x86("c4d-standard-*-lssd", 3.875, "8 16 32 48 64 96 192 384"),
    x86("c4d-highmem-*", 7.875, "2=2:15 4=4:31 8 16 32 48 64 96 192 384 384-metal=384:3072"),
    x86("c4d-highmem-*-lssd", 7.875, "8 16 32 48 64 96 192 384"),
    arm("c4a-standard-*", 4, c4a),
    arm("c4a-highmem-*", 8, c4a),
    arm("c4a-highcpu-*", 2, c4a),
    arm("c4a-standard-*-lssd", 4, c4aDisks),
    arm("c4a-highmem-*-lssd", 8, c4aDisks),
    x86("t2d-standard-*", 4, "1 2 4 8 16 32 48 60"),
    arm("t2a-standard-*", 4, "1 2 4 8 16 32 48"),
  ],
};

const computeOptimized: VendorPage = {
  page: `${pages}/compute-optimized-machines`,
  date: "2025-12",
  families: [
    x86("c2-standard-*", 4, "4 8 16 30 60"),
    x86("c2d-standard-*", 4, c2d),
    x86("c2d-highmem-*", 8, c2d),
    x86("c2d-highcpu-*", 2, c2d),
    x86("h3-standard-*", 4, "88"),
  ],
};

const memoryOptimized: VendorPage = {
  page: `${pages}/memory-optimized-machines`,
  date: "2025-12",
  families: [
    x86("m1-ultramem-*", 0, "40=40:961 80=80:1922 160=160:3844"),
    x86("m1-megamem-*", 0, "96=96:1433.6"),
    x86("m2-ultramem-*", 0, "208=208:5888 416=416:11776"),
    x86("m2-megamem-*", 0, "416=416:5888"),
    x86("m2-hypermem-*", 0, "416=416:8832"),
    x86("m3-ultramem-*", 30.5, "32 64 128"),
    x86("m3-megamem-*", 15.25, "64 128"),
  ],
};

const others: readonly VendorPage[] = [
  { page: `${pages}/storage-optimized-machines`, date: "2025-12", families: [x86("z3-highmem-*", 8, "88 176")] },
  { page: `${pages}/gpus`, date: "2025-12", families: [x86("g2-standard-*", 4, "4 8 12 16 24 32 48 96")] },
];

/** What Google lists. */
export const google: readonly VendorPage[] = [generalPurpose, computeOptimized, memoryOptimized, ...others];
