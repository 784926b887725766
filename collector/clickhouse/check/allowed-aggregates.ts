/** Aggregate and window functions that a statement may call, with any combinator. */
/** Canonical names, without combinators. */
export const ALLOWED_AGGREGATES = [
  {
    reason: 'estimates quantiles',
    names: `
      quantile quantileBFloat16 quantileBFloat16Weighted quantileDD quantileDeterministic
      quantileExact quantileExactExclusive quantileExactHigh quantileExactInclusive
      quantileExactLow quantileExactWeighted quantileExactWeightedInterpolated quantileGK
      quantileInterpolatedWeighted quantilePrometheusHistogram quantiles quantilesBFloat16
      quantilesBFloat16Weighted quantilesDD quantilesDeterministic quantilesExact
      quantilesExactExclusive quantilesExactHigh quantilesExactInclusive quantilesExactLow
      quantilesExactWeighted quantilesExactWeightedInterpolated quantilesGK
      quantilesInterpolatedWeighted quantilesPrometheusHistogram quantilesTDigest
      quantilesTDigestWeighted quantilesTiming quantilesTimingWeighted quantileTDigest
      quantileTDigestWeighted quantileTiming quantileTimingWeighted`,
  },
  {
    reason: 'counts or lists distinct and frequent values',
    names: `
      approx_top_k approx_top_sum distinctDynamicTypes distinctJSONPaths distinctJSONPathsAndTypes
      groupBitmap groupBitmapAnd groupBitmapOr groupBitmapXor groupUniqArray topK topKWeighted
      uniq uniqCombined uniqCombined64 uniqExact uniqHLL12 uniqUpTo`,
  },
  {
    reason: 'collects values',
    names: `
      groupArray groupArrayInsertAt groupArrayIntersect groupArrayLast groupArrayMovingAvg
      groupArrayMovingSum groupArraySample groupArraySorted groupConcat histogram
      largestTriangleThreeBuckets sparkbar`,
  },
  {
    reason: 'adds, counts and picks values',
    names: `
      any any_respect_nulls anyHeavy anyLast anyLast_respect_nulls argAndMax argAndMin argMax
      argMin avg avgWeighted boundingRatio count deltaSum deltaSumTimestamp groupBitAnd groupBitOr
      groupBitXor intervalLengthSum max maxIntersections maxIntersectionsPosition maxMappedArrays
      min minMappedArrays nothing nothingNull nothingUInt64 singleValueOrNull sum sumCount
      sumKahan sumMapFiltered sumMapFilteredWithOverflow sumMappedArrays sumMapWithOverflow
      sumWithOverflow`,
  },
  {
    reason: 'computes statistics',
    names: `
      analysisOfVariance categoricalInformationValue contingency corr corrMatrix corrStable
      covarPop covarPopMatrix covarPopStable covarSamp covarSampMatrix covarSampStable cramersV
      cramersVBiasCorrected entropy exponentialMovingAverage exponentialTimeDecayedAvg
      exponentialTimeDecayedCount exponentialTimeDecayedMax exponentialTimeDecayedSum
      kurtPop kurtSamp mannWhitneyUTest meanZTest rankCorr
      simpleLinearRegression skewPop skewSamp stddevPop stddevPopStable stddevSamp
      stddevSampStable studentTTest studentTTestOneSample theilsU varPop varPopStable varSamp
      varSampStable welchTTest`,
  },
  {
    reason: 'matches sequences of events',
    names: `
      retention sequenceCount sequenceMatch sequenceMatchEvents sequenceNextNode windowFunnel`,
  },
  {
    reason: 'ranks and looks around in a window',
    names: `
      cume_dist denseRank lag lagInFrame lead leadInFrame nonNegativeDerivative nth_value ntile
      percentRank rank row_number`,
  },
]
