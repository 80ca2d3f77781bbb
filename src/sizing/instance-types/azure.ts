/**
 * Azure. The pages say GB or GiB and mean GiB. Sizes with fewer cores than their name says, and those of which sources
 * disagree (Standard_E64a_v4 and Standard_E64as_v4), are missing.
 */
import { arm, x86, type VendorPage } from "./family";

const pages = "https://learn.microsoft.com/azure/virtual-machines/sizes";

const to64 = "2 4 8 16 32 48 64";
const to96 = `${to64} 96`;
/** The second generation numbers its sizes, standard ones from 1 and those with more memory from 11. */
const v2 = "1=1:3.5 2=2:7 3=4:14 4=8:28 5=16:56 11=2:14 12=4:28 13=8:56 14=16:112 15=20:140";
const to48 = "2 4 8 16 32 48";
const with20 = "2 4 8 16 20 32 48";

const generalPurpose: VendorPage = {
  page: `${pages}/overview#general-purpose`,
  date: "2026-03",
  families: [
    x86("Standard_A*_v2", 2, "1 2 4 8"),
    x86("Standard_A*m_v2", 8, "2 4 8"),
    x86("Standard_B*", 4, "1ls=1:0.5 1s=1:1 1ms=1:2 2s=2:4 2ms=2 4ms=4 8ms=8 12ms=12 16ms=16 20ms=20"),
    x86("Standard_B*_v2", 4, "2ts=2:1 2ls=2:4 4ls=4:8 8ls=8:16 16ls=16:32 32ls=32:64"),
    x86("Standard_B*_v2", 4, "2ats=2:1 2als=2:4 4als=4:8 8als=8:16 16als=16:32 32als=32:64"),
    x86("Standard_B*s_v2 Standard_B*as_v2", 4, "2 4 8 16 32"),
    arm("Standard_B*_v2", 4, "2pts=2:1 2pls=2:4 4pls=4:8 8pls=8:16 16pls=16:32"),
    arm("Standard_B*ps_v2", 4, "2 4 8 16"),
    x86("Standard_D*_v2 Standard_DS*_v2", 0, v2),
    x86("Standard_D*_v3 Standard_D*s_v3", 4, to64),
    x86("Standard_D*_v4 Standard_D*s_v4 Standard_D*d_v4 Standard_D*ds_v4", 4, to64),
    x86("Standard_D*a_v4 Standard_D*as_v4", 4, to96),
    x86("Standard_D*_v5 Standard_D*s_v5 Standard_D*d_v5 Standard_D*ds_v5", 4, to96),
    x86("Standard_D*as_v5 Standard_D*ads_v5 Standard_DC*as_v5 Standard_DC*ads_v5", 4, to96),
    x86("Standard_D*ls_v5 Standard_D*lds_v5", 2, to96),
    arm("Standard_D*ps_v5 Standard_D*pds_v5", 4, `${to48} 64=64:208`),
    arm("Standard_D*pls_v5 Standard_D*plds_v5", 2, to64),
    x86("Standard_D*s_v6", 4, `${to96} 128 192`),
    x86("Standard_D*ds_v6", 4, `${to96} 128`),
    x86("Standard_D*ls_v6", 2, `${to96} 128`),
    x86("Standard_D*as_v6 Standard_D*ads_v6", 4, to96),
    x86("Standard_D*als_v6 Standard_D*alds_v6", 2, to96),
    arm("Standard_D*ps_v6", 4, to96),
    arm("Standard_D*pls_v6", 2, to96),
  ],
};

const computeOptimized: VendorPage = {
  page: `${pages}/overview#compute-optimized`,
  date: "2024-07",
  families: [
    x86("Standard_F* Standard_F*s", 2, "1 2 4 8 16"),
    x86("Standard_F*s_v2", 2, `${to64} 72`),
    x86("Standard_F*als_v6", 2, to64),
    x86("Standard_F*as_v6", 4, to64),
    x86("Standard_F*ams_v6", 8, to64),
  ],
};

const memoryOptimized: VendorPage = {
  page: `${pages}/overview#memory-optimized`,
  date: "2026-03",
  families: [
    x86("Standard_E*_v3 Standard_E*s_v3", 8, `${with20} 64=64:432`),
    x86("Standard_E*_v3", 8, "64i=64:432 64is=64:432"),
    x86("Standard_E*_v4", 8, `${to48} 64=64:504`),
    x86("Standard_E*s_v4 Standard_E*d_v4 Standard_E*ds_v4", 8, `${with20} 64=64:504`),
    x86("Standard_E*_v4", 8, "80is=80:504 80ids=80:504"),
    x86("Standard_E*a_v4 Standard_E*as_v4", 8, `${with20} 96=96:672`),
    x86("Standard_E*_v5 Standard_E*s_v5 Standard_E*d_v5 Standard_E*ds_v5", 8, `${with20} 64 96=96:672`),
    x86("Standard_E*_v5", 8, "104i=104:672 104is=104:672 104id=104:672 104ids=104:672"),
    x86("Standard_E*as_v5 Standard_E*ads_v5", 8, `${with20} 64 96=96:672`),
    x86("Standard_EC*as_v5 Standard_EC*ads_v5", 8, `${with20} 64 96=96:672`),
    x86("Standard_E*bs_v5 Standard_E*bds_v5", 8, `${to48} 64 96=96:672`),
    arm("Standard_E*ps_v5 Standard_E*pds_v5", 8, "2 4 8 16 20 32=32:208"),
    x86("Standard_E*s_v6 Standard_E*ds_v6", 8, `${with20} 64 96 128`),
    x86("Standard_E*_v6", 8, "192is=192:1832 192ids=192:1832"),
    x86("Standard_E*as_v6 Standard_E*ads_v6", 8, `${with20} 64 96=96:672`),
    arm("Standard_E*ps_v6", 8, `${to48} 64 96=96:672`),
  ],
};

const storageOptimized: VendorPage = {
  page: `${pages}/overview#storage-optimized`,
  date: "2024-07",
  families: [
    x86("Standard_L*s", 8, "4 8 16 32"),
    x86("Standard_L*s_v2 Standard_L*s_v3 Standard_L*as_v3", 8, "8 16 32 48 64 80"),
  ],
};

/** What Microsoft lists. */
export const azure: readonly VendorPage[] = [generalPurpose, computeOptimized, memoryOptimized, storageOptimized];
