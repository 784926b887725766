/** Functions that a statement may not call, grouped by the reason for the error. */
export const REFUSED_FUNCTIONS = [
  {
    reason: 'reads a file of the host or runs a model from one',
    names: `
      catboostEvaluate evalMLMethod file naiveBayesClassifier naiveBayesClassifierWithAllProbs
      naiveBayesClassifierWithProb naiveBayesNgrams showCertificate`,
  },
  {
    reason: 'asks another server or a language model',
    names: `
      aiClassify aiEmbed aiExtract aiGenerate aiTranslate hasColumnInTable zookeeperSessionUptime`,
  },
  {
    reason: 'evaluates SQL, a structure or a template that it is given as text',
    names: `
      formatRow formatRowNoNewline fuzzQuery generateRandomStructure structureToCapnProtoSchema
      structureToProtobufSchema`,
  },
  {
    reason: 'parses SQL text, which can take exponential time',
    names: `
      formatQuery formatQueryOrNull formatQuerySingleLine formatQuerySingleLineOrNull
      highlightQuery obfuscateQuery obfuscateQueryWithSeed`,
  },
  {
    reason: 'reads dictionaries, Join tables or configured lists beside the tables',
    names: `
      cutToFirstSignificantSubdomainCustom cutToFirstSignificantSubdomainCustomRFC
      cutToFirstSignificantSubdomainCustomWithWWW cutToFirstSignificantSubdomainCustomWithWWWRFC
      dictGet dictGetAll dictGetChildren dictGetDate dictGetDateOrDefault dictGetDateTime
      dictGetDateTimeOrDefault dictGetDescendants dictGetFloat32 dictGetFloat32OrDefault
      dictGetFloat64 dictGetFloat64OrDefault dictGetHierarchy dictGetInt16 dictGetInt16OrDefault
      dictGetInt32 dictGetInt32OrDefault dictGetInt64 dictGetInt64OrDefault dictGetInt8
      dictGetInt8OrDefault dictGetIPv4 dictGetIPv4OrDefault dictGetIPv6 dictGetIPv6OrDefault
      dictGetKeys dictGetOrDefault dictGetOrNull dictGetRoot dictGetString dictGetStringOrDefault
      dictGetUInt16 dictGetUInt16OrDefault dictGetUInt32 dictGetUInt32OrDefault dictGetUInt64
      dictGetUInt64OrDefault dictGetUInt8 dictGetUInt8OrDefault dictGetUUID dictGetUUIDOrDefault
      dictHas dictIsIn firstSignificantSubdomainCustom firstSignificantSubdomainCustomRFC joinGet
      joinGetOrNull regionHierarchy regionIn regionToArea regionToCity regionToContinent
      regionToCountry regionToDistrict regionToName regionToPopulation regionToTopContinent`,
  },
  {
    reason: 'tells about the host, the process or its configuration',
    names: `
      authenticatedUser buildId chdb connectionId currentProfiles currentRoles defaultProfiles
      defaultRoles enabledProfiles enabledRoles filesystemAvailable filesystemCapacity
      filesystemUnreserved FQDN getClientHTTPHeader getMacro getMaxTableNameLengthForDatabase
      getMergeTreeSetting getOSKernelVersion getServerPort getServerSetting globalVariable
      hasThreadFuzzer hostName serverUUID shardCount shardNum tcpPort transactionID
      transactionLatestSnapshot transactionOldestSnapshot`,
  },
  {
    reason: 'looks into the process: symbols, threads, parts, logs',
    names: `
      addressToLine addressToLineWithInlines addressToSymbol demangle isMergeTreePartCoveredBy
      logTrace mergeTreePartInfo partitionId tid`,
  },
  {
    reason: 'holds a thread for as long as its argument says',
    names: `
      sleep sleepEachRow`,
  },
  {
    reason: 'takes quadratic time or worse within one row, which no limit interrupts',
    names: `
      arrayAutocorrelation arrayLevenshteinDistance arrayLevenshteinDistanceWeighted
      arraySimilarity countMatches countMatchesCaseInsensitive damerauLevenshteinDistance
      editDistance editDistanceUTF8 extractAllGroupsHorizontal extractAllGroupsVertical
      extractTextFromHTML highlight jaroSimilarity jaroWinklerSimilarity JSON_EXISTS JSON_QUERY
      JSON_VALUE JSONMergePatch kolmogorovSmirnovTest multiFuzzyMatchAllIndices
      multiFuzzyMatchAny multiFuzzyMatchAnyIndex multiMatchAllIndices multiMatchAny
      multiMatchAnyIndex normalizeUTF8NFC normalizeUTF8NFD
      normalizeUTF8NFKC normalizeUTF8NFKCCasefold normalizeUTF8NFKD prettyPrintJSON
      removeDiacriticsUTF8 seriesDecomposeSTL splitByRegexp URLHierarchy URLPathHierarchy`,
  },
  {
    reason: "is for the engine's own plans or its developers",
    names: `
      __actionName __applyFilter __bitBoolMaskAnd __bitBoolMaskOr __bitSwapLastTwo
      __bitWrapperFunc __getScalar __patchPartitionID __scalarSubqueryResult __toYearCalendarOnly
      dumpColumnStructure generateSerialID getSubcolumn getTypeSerializationStreams
      globalInIgnoreSet globalNotInIgnoreSet globalNotNullInIgnoreSet globalNullInIgnoreSet
      icebergBucket icebergHash icebergTruncate inIgnoreSet lowCardinalityIndices
      lowCardinalityKeys nested notInIgnoreSet notNullInIgnoreSet nullInIgnoreSet
      randomHadamardTransform timeSeriesCopyTag timeSeriesCopyTags timeSeriesExtractTag
      timeSeriesFromGrid timeSeriesGroupToSamplingKey timeSeriesGroupToTags timeSeriesIdToGroup
      timeSeriesIdToTags timeSeriesJoinTags timeSeriesRange timeSeriesRemoveAllTagsExcept
      timeSeriesRemoveTag timeSeriesRemoveTags timeSeriesReplaceTag timeSeriesStoreTags
      timeSeriesTagsToGroup timeSeriesThrowDuplicateSeriesIf validateNestedArraySizes`,
  },
  {
    reason: 'depends on blocks or on what ran before, and is deprecated',
    names: `
      blockNumber blockSerializedSize neighbor runningAccumulate runningConcurrency
      runningDifference runningDifferenceStartingWithFirstValue`,
  },
  {
    reason: 'converts by tables that are looked up by the name given',
    names: `
      convertCharset`,
  },
  {
    reason: 'takes keys, which do not belong in statements',
    names: `
      aes_decrypt_mysql aes_encrypt_mysql decrypt encrypt HMAC tryDecrypt`,
  },
  {
    reason: 'decodes binary states or vectors by libraries spans have no use for',
    names: `
      cosineDistanceTransposed cosineDistanceTransposedQuantized dequantizeInt8ToBFloat16
      dotProductTransposed dotProductTransposedQuantized financialInternalRateOfReturn
      financialInternalRateOfReturnExtended financialNetPresentValue
      financialNetPresentValueExtended L2DistanceTransposed L2DistanceTransposedQuantized
      MACStringToOUI numericIndexedVectorAllValueSum numericIndexedVectorBuild
      numericIndexedVectorCardinality numericIndexedVectorGetValue
      numericIndexedVectorPointwiseAdd numericIndexedVectorPointwiseDivide
      numericIndexedVectorPointwiseEqual numericIndexedVectorPointwiseGreater
      numericIndexedVectorPointwiseGreaterEqual numericIndexedVectorPointwiseLess
      numericIndexedVectorPointwiseLessEqual numericIndexedVectorPointwiseMultiply
      numericIndexedVectorPointwiseNotEqual numericIndexedVectorPointwiseSubtract
      numericIndexedVectorShortDebugString numericIndexedVectorToMap quantizeBFloat16ToInt8`,
  },
  {
    reason: 'parses or intersects shapes, which spans have no use for',
    names: `
      areaCartesian areaSpherical flipCoordinates geometryIntersectCartesian
      geometryIntersectSpherical geoToH3 geoToMGRS geoToUTM h3CellAreaM2 h3CellAreaRads2
      h3Distance h3EdgeAngle h3EdgeLengthKm h3EdgeLengthM h3ExactEdgeLengthKm h3ExactEdgeLengthM
      h3ExactEdgeLengthRads h3GetBaseCell h3GetDestinationIndexFromUnidirectionalEdge h3GetFaces
      h3GetIndexesFromUnidirectionalEdge h3GetOriginIndexFromUnidirectionalEdge
      h3GetPentagonIndexes h3GetRes0Indexes h3GetResolution h3GetUnidirectionalEdge
      h3GetUnidirectionalEdgeBoundary h3GetUnidirectionalEdgesFromHexagon h3HexAreaKm2 h3HexAreaM2
      h3HexRing h3IndexesAreNeighbors h3IsPentagon h3IsResClassIII h3IsValid h3kRing h3Line
      h3NumHexagons h3PointDistKm h3PointDistM h3PointDistRads h3PolygonToCells
      h3PolygonToCellsWithContainment h3ToCenterChild h3ToChildren h3ToGeo h3ToGeoBoundary
      h3ToParent h3ToString h3UnidirectionalEdgeIsValid MGRSToGeo MVTBoundingBox
      MVTBoundingBoxMercator MVTEncodeGeom perimeterCartesian perimeterSpherical
      polygonAreaCartesian polygonAreaSpherical polygonConvexHullCartesian
      polygonPerimeterCartesian polygonPerimeterSpherical polygonsDistanceCartesian
      polygonsDistanceSpherical polygonsEqualsCartesian polygonsIntersectCartesian
      polygonsIntersectionCartesian polygonsIntersectionSpherical polygonsIntersectSpherical
      polygonsSymDifferenceCartesian polygonsSymDifferenceSpherical polygonsUnionCartesian
      polygonsUnionSpherical polygonsWithinCartesian polygonsWithinSpherical readWKB
      readWKBLineString readWKBMultiLineString readWKBMultiPolygon readWKBPoint readWKBPolygon
      readWKT readWKTLineString readWKTMultiLineString readWKTMultiPolygon readWKTPoint
      readWKTPolygon readWKTRing stringToH3 svg UTMToGeo wkb wkt`,
  },
  {
    reason: 'belongs to window views',
    names: `
      hop hopEnd hopStart tumble tumbleEnd tumbleStart windowID`,
  },
  {
    reason: 'writes in a format that it is given as text',
    names: `
      groupFormat`,
  },
  {
    reason: 'reads symbols of the process',
    names: `
      flameGraph`,
  },
  {
    reason: "is for the engine's own plans or its developers",
    names: `
      aggThrow timeSeriesChangesToGrid timeSeriesDeltaToGrid timeSeriesDerivToGrid
      timeSeriesGroupArray timeSeriesIncreaseToGrid timeSeriesInstantDeltaToGrid
      timeSeriesInstantRateToGrid timeSeriesLastTwoSamples timeSeriesPredictLinearToGrid
      timeSeriesRateToGrid timeSeriesResampleToGridWithStaleness timeSeriesResetsToGrid`,
  },
  {
    reason: 'makes codecs from text',
    names: `
      estimateCompressionRatio`,
  },
  {
    reason: 'trains models, which spans have no use for',
    names: `
      stochasticLinearRegression stochasticLogisticRegression`,
  },
  {
    reason: 'makes states or tiles that spans have no use for',
    names: `
      groupNumericIndexedVector MVTEncode`,
  },
]
