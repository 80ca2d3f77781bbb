/**
 * AWS EC2. Sizes and MiB are those that `DescribeInstanceTypes` answers, which the pages state in GiB. Missing are
 * machines that run no Linux, and those for training, simulation and video.
 */
import { arm, x86, type VendorPage } from "./family";

const date = "2026-10";
const pages = "https://docs.aws.amazon.com/ec2/latest/instancetypes";

const to8 = "large xlarge 2xlarge 4xlarge 8xlarge";
const to16 = `${to8} 12xlarge 16xlarge`;
const metal48 = "metal-24xl metal-48xl";
const to96 = `${to16} 24xlarge 32xlarge 48xlarge 96xlarge metal-48xl metal-96xl`;
const t3 = "nano=2:0.5 micro=2:1 small=2:2 medium=2:4 large xlarge 2xlarge";

const generalPurpose: VendorPage = {
  page: `${pages}/gp.html`,
  date,
  families: [
    arm("a1.*", 2, "medium large xlarge 2xlarge 4xlarge metal=16"),
    x86("t2.*", 4, "nano=1:0.5 micro=1:1 small=1:2 medium=2:4 large xlarge 2xlarge"),
    x86("t3.* t3a.*", 4, t3),
    arm("t4g.*", 4, t3),
    x86("m4.*", 4, "large xlarge 2xlarge 4xlarge 10xlarge 16xlarge"),
    x86("m5.* m5d.* m5n.* m5dn.*", 4, `${to16} 24xlarge metal=96`),
    x86("m5a.* m5ad.*", 4, `${to16} 24xlarge`),
    x86("m5zn.*", 4, "large xlarge 2xlarge 3xlarge 6xlarge 12xlarge metal=48"),
    x86("m6i.* m6id.* m6in.* m6idn.*", 4, `${to16} 24xlarge 32xlarge metal=128`),
    x86("m6a.*", 4, `${to16} 24xlarge 32xlarge 48xlarge metal=192`),
    arm("m6g.* m6gd.* m7g.* m7gd.*", 4, `medium ${to16} metal=64`),
    x86("m7i.*", 4, `${to16} 24xlarge 48xlarge ${metal48}`),
    x86("m7i-flex.* m8i-flex.*", 4, to16),
    x86("m7a.*", 4, `medium ${to16} 24xlarge 32xlarge 48xlarge metal-48xl`),
    arm("m8g.* m8gb.* m8gd.* m8gn.*", 4, `medium ${to16} 24xlarge 48xlarge ${metal48}`),
    x86("m8i.* m8ib.* m8id.* m8idb.* m8idn.* m8in.*", 4, to96),
    x86("m8a.*", 4, `medium ${to16} 24xlarge 48xlarge ${metal48}`),
    arm("m9g.* m9gd.*", 4, `medium ${to16} 24xlarge 48xlarge metal-48xl`),
  ],
};

const computeOptimized: VendorPage = {
  page: `${pages}/co.html`,
  date,
  families: [
    x86("c4.*", 1.875, `${to8}=36:60`),
    x86("c5.* c5d.*", 2, "large xlarge 2xlarge 4xlarge 9xlarge 12xlarge 18xlarge 24xlarge metal=96"),
    x86("c5a.* c5ad.*", 2, `${to16} 24xlarge`),
    x86("c5n.*", 2.625, "large xlarge 2xlarge 4xlarge 9xlarge=36:96 18xlarge=72:192 metal=72:192"),
    x86("c6i.* c6id.* c6in.*", 2, `${to16} 24xlarge 32xlarge metal=128`),
    x86("c6a.*", 2, `${to16} 24xlarge 32xlarge 48xlarge metal=192`),
    arm("c6g.* c6gd.* c7g.* c7gd.* c7gn.*", 2, `medium ${to16} metal=64`),
    arm("c6gn.*", 2, `medium ${to16}`),
    x86("c7i.*", 2, `${to16} 24xlarge 48xlarge ${metal48}`),
    x86("c7i-flex.* c8i-flex.*", 2, to16),
    x86("c7a.*", 2, `medium ${to16} 24xlarge 32xlarge 48xlarge metal-48xl`),
    arm("c8g.* c8gb.* c8gd.* c8gn.*", 2, `medium ${to16} 24xlarge 48xlarge ${metal48}`),
    x86("c8i.* c8ib.* c8id.* c8in.*", 2, to96),
    x86("c8a.*", 2, `medium ${to16} 24xlarge 48xlarge ${metal48}`),
    arm("c9g.* c9gd.*", 2, `medium ${to16} 24xlarge 48xlarge metal-48xl`),
  ],
};

const memoryOptimized: VendorPage = {
  page: `${pages}/mo.html`,
  date,
  families: [
    x86("r4.*", 7.625, `${to8} 16xlarge`),
    x86("r5.* r5b.* r5d.* r5n.* r5dn.*", 8, `${to16} 24xlarge metal=96`),
    x86("r5a.* r5ad.*", 8, `${to16} 24xlarge`),
    x86("r6i.* r6id.* r6in.* r6idn.*", 8, `${to16} 24xlarge 32xlarge metal=128`),
    x86("r6a.*", 8, `${to16} 24xlarge 32xlarge 48xlarge metal=192`),
    arm("r6g.* r6gd.* r7g.* r7gd.*", 8, `medium ${to16} metal=64`),
    x86("r7i.*", 8, `${to16} 24xlarge 48xlarge ${metal48}`),
    x86("r7iz.*", 8, `${to16} 32xlarge metal-16xl metal-32xl`),
    x86("r7a.*", 8, `medium ${to16} 24xlarge 32xlarge 48xlarge metal-48xl`),
    arm("r8g.* r8gb.* r8gd.* r8gn.*", 8, `medium ${to16} 24xlarge 48xlarge ${metal48}`),
    x86("r8i.* r8ib.* r8id.* r8idb.* r8idn.* r8in.*", 8, to96),
    x86("r8i-flex.*", 8, to16),
    x86("r8a.*", 8, `medium ${to16} 24xlarge 48xlarge ${metal48}`),
    arm("r9g.* r9gd.*", 8, `medium ${to16} 24xlarge 48xlarge metal-48xl`),
    x86("x1.*", 15.25, "16xlarge 32xlarge"),
    x86("x1e.*", 30.5, "xlarge 2xlarge 4xlarge 8xlarge 16xlarge 32xlarge"),
    arm("x2gd.*", 16, `medium ${to16} metal=64`),
    x86("x2idn.*", 16, "16xlarge 24xlarge 32xlarge metal=128"),
    x86("x2iedn.*", 32, "xlarge 2xlarge 4xlarge 8xlarge 16xlarge 24xlarge 32xlarge metal=128"),
    x86("x2iezn.*", 32, "2xlarge 4xlarge 6xlarge 8xlarge 12xlarge metal=48"),
    arm("x8g.*", 16, `medium ${to16} 24xlarge 48xlarge ${metal48}`),
    x86("z1d.*", 8, "large xlarge 2xlarge 3xlarge 6xlarge 12xlarge metal=48"),
  ],
};

const storageOptimized: VendorPage = {
  page: `${pages}/so.html`,
  date,
  families: [
    x86("d2.*", 7.625, "xlarge 2xlarge 4xlarge 8xlarge=36:244"),
    x86("d3.*", 8, "xlarge 2xlarge 4xlarge 8xlarge"),
    x86("d3en.*", 4, "xlarge 2xlarge 4xlarge 6xlarge 8xlarge 12xlarge"),
    x86("h1.*", 4, "2xlarge 4xlarge 8xlarge 16xlarge"),
    x86("i3.*", 7.625, `${to8} 16xlarge metal=72:512`),
    x86("i3en.*", 8, "large xlarge 2xlarge 3xlarge 6xlarge 12xlarge 24xlarge metal=96"),
    arm("i4g.*", 8, `${to8} 16xlarge`),
    x86("i4i.*", 8, `${to16} 24xlarge 32xlarge metal=128`),
    x86("i7i.*", 8, `${to16} 24xlarge 48xlarge ${metal48}`),
    x86("i7ie.*", 8, `large xlarge 2xlarge 3xlarge 6xlarge 12xlarge 18xlarge 24xlarge 48xlarge ${metal48}`),
    arm("i8g.*", 8, `${to16} 24xlarge 48xlarge ${metal48}`),
    arm("i8ge.*", 8, `large xlarge 2xlarge 3xlarge 6xlarge 12xlarge 18xlarge 24xlarge 48xlarge ${metal48}`),
    arm("im4gn.*", 4, `${to8} 16xlarge`),
    arm("is4gen.*", 6, "medium large xlarge 2xlarge 4xlarge 8xlarge"),
  ],
};

const accelerated: VendorPage = {
  page: `${pages}/ac.html`,
  date,
  families: [
    x86("g4dn.*", 4, "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge metal=96"),
    x86("g5.* g6.*", 4, "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge"),
    arm("g5g.*", 2, "xlarge 2xlarge 4xlarge 8xlarge 16xlarge metal=64"),
    x86("g6e.*", 8, "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge"),
  ],
};

/** What AWS lists. */
export const aws: readonly VendorPage[] = [
  generalPurpose,
  computeOptimized,
  memoryOptimized,
  storageOptimized,
  accelerated,
];
