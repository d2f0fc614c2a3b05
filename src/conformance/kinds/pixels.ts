// Cases of metrics of image pairs: PSNR, SSIM in its variants, MS-SSIM, LPIPS from features.

import {
  type Image,
  lpips,
  msSsim,
  type PixelBuffer,
  psnr,
  ssim,
  ssimMap,
  type SsimOptions,
} from "../../metrics/index.js";
import { given, isRecord, kind, type Kind } from "../case.js";

interface Images {
  readonly image_1: Image;
  readonly image_2: Image;
}

interface SsimParams {
  readonly data_range: number;
  readonly K1?: number | null;
  readonly K2?: number | null;
  readonly sigma?: number | null;
  readonly truncate?: number | null;
  readonly win_size?: number | null;
  readonly gaussian_weights?: boolean | null;
  readonly use_sample_covariance?: boolean | null;
}

const pairOf = ({ image_1, image_2 }: Images) => ({ real: image_1, generated: image_2 });

/** scikit-image's function with its own defaults. */
function scikitOptions(params: SsimParams): SsimOptions {
  return {
    dataRange: params.data_range,
    compat: "scikit-image",
    window: params.gaussian_weights ? "gaussian" : "uniform",
    size: given(params.win_size),
    sigma: given(params.sigma),
    truncate: given(params.truncate),
    covariance: (params.use_sample_covariance ?? true) ? "sample" : "population",
    K1: given(params.K1),
    K2: given(params.K2),
  };
}

function quality(images: Images, params: SsimParams) {
  const pair = pairOf(images);
  const { data_range: dataRange, K1, K2 } = params;
  const of = (options: Partial<SsimOptions>) =>
    ssim(pair, { dataRange, K1: given(K1), K2: given(K2), ...options }).value;
  const noise = psnr(pair, { dataRange });
  return {
    mse: noise.parts?.meanSquaredError,
    nrmse_euclidean: noise.parts?.normalizedRootError,
    psnr: noise.value,
    ssim_gaussian_wang: of({ compat: "wang" }),
    ssim_torchmetrics_gaussian: of({ compat: "torchmetrics" }),
    ssim_uniform7_sample: of({ compat: "scikit-image" }),
    ssim_uniform7_population: of({ compat: "scikit-image", covariance: "population" }),
    ssim_uniform11: of({ compat: "scikit-image", size: 11 }),
  };
}

/** The pixels of the map as the case writes them: rows, or one list with its shape. */
function mapAnswer(images: Images, params: SsimParams, asRecord: boolean) {
  const [plane] = ssimMap(pairOf(images), scikitOptions(params));
  const { height, width, data } = plane!;
  const row = (y: number) => [...data.subarray(y * width, (y + 1) * width)];
  return asRecord
    ? { shape: [height, width], data: [...data] }
    : Array.from({ length: height }, (_, y) => row(y));
}

export const pixelKinds: Readonly<Record<string, Kind>> = {
  "image.quality": kind<Images, SsimParams>(quality),
  "image.qualityRGB": kind<Images, SsimParams & { channel_axis?: number | null }>(
    ({ image_1, image_2 }, params) => {
      const layout = params.channel_axis === 0 ? "CHW" : "HWC";
      const laidOut = (image: Image) =>
        Array.isArray(image) ? image : { ...(image as PixelBuffer), layout };
      return quality({ image_1: laidOut(image_1), image_2: laidOut(image_2) } as Images, params);
    },
  ),
  "image.ssim": kind<Images, SsimParams>((images, params) => ({
    ssim: ssim(pairOf(images), scikitOptions(params)).value,
  })),
  "image.ssimMap": kind<Images, SsimParams>((images, params, expected) => ({
    ssim: ssim(pairOf(images), scikitOptions(params)).value,
    map_cropped: mapAnswer(images, params, isRecord(expected["map_cropped"])),
  })),
  "image.msssim": kind<
    Images,
    { data_range: number; betas?: readonly number[] | null; sigma?: number | null }
  >((images, { data_range: dataRange, betas, sigma }) => {
    const options = {
      dataRange,
      betas: given(betas),
      sigma: given(sigma),
      compat: "torchmetrics",
    } as const;
    return {
      msssim_none: msSsim(pairOf(images), options).value,
      msssim_relu: msSsim(pairOf(images), { ...options, normalize: "relu" }).value,
    };
  }),
  lpipsFromFeatures: kind<{
    features_1: PixelBuffer[];
    features_2: PixelBuffer[];
    weights?: (number[] | PixelBuffer)[] | null;
  }>(({ features_1: real, features_2: generated, weights }) => {
    const ofLayer = (one: number[] | PixelBuffer) =>
      Array.isArray(one) ? one : Array.from(one.data);
    const options = { weights: weights?.map(ofLayer) };
    const original = lpips({ real, generated }, options);
    const other = lpips({ real, generated }, { ...options, compat: "torchmetrics" });
    return {
      distance: original.value,
      per_layer: original.parts?.perLayer,
      distance_torchmetrics: other.value,
    };
  }),
};
