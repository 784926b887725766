/**
 * Functions that a statement may call, grouped by purpose.
 *
 * One file: a list.
 */
/** Canonical names: the engine resolves aliases and case. */
export const ALLOWED_FUNCTIONS = [
  {
    reason: 'computes with numbers',
    names: `
      abs acos acosh asin asinh atan atan2 atanh avg2 bitAnd bitCount bitHammingDistance bitNot
      bitOr bitRotateLeft bitRotateRight bitShiftLeft bitShiftRight bitSlice bitTest bitTestAll
      bitTestAny bitXor byteSwap cbrt ceil cos cosh degrees divide divideDecimal divideOrNull e
      erf erfc exp exp10 exp2 factorial floor gcd hypot ifNotFinite intDiv intDivOrNull
      intDivOrZero intExp10 intExp2 isFinite isInfinite isNaN isPrime isProbablePrime lcm lgamma
      log log10 log1p log2 max2 midpoint min2 minus modulo moduloLegacy moduloOrNull moduloOrZero
      multiply multiplyDecimal negate pi plus positiveModulo positiveModuloOrNull pow
      proportionsZTest radians round roundAge roundBankers roundDown roundDuration roundToExp2
      sigmoid sign sin sinh sqr sqrt tan tanh tgamma trunc widthBucket`,
  },
  {
    reason: 'compares and chooses',
    names: `
      and assumeNotNull clamp coalesce equals firstNonDefault globalIn globalNotIn globalNotNullIn
      globalNullIn greater greaterOrEquals greatest if ifNull in isDistinctFrom isNotDistinctFrom
      isNotNull isNull isNullable isZeroOrNull least less lessOrEquals multiIf not notEquals notIn
      notNullIn nullIf nullIn or toNullable xor`,
  },
  {
    reason: 'computes with times; time zones are checked as literals',
    names: `
      addDate addDays addHours addInterval addMicroseconds addMilliseconds addMinutes addMonths
      addNanoseconds addQuarters addSeconds addTupleOfIntervals addWeeks addYears age changeDay
      changeHour changeMinute changeMonth changeSecond changeYear dateDiff dateName dateTrunc
      formatDateTime formatDateTimeInJodaSyntax fromDaysSinceYearZero fromDaysSinceYearZero32
      fromModifiedJulianDay fromModifiedJulianDayOrNull fromUnixTimestamp
      fromUnixTimestampInJodaSyntax fromUTCTimestamp localtime makeDate makeDate32 makeDateTime
      makeDateTime64 monthName now now64 nowInBlock nowInBlock64 serverTimezone subDate
      subtractDays subtractHours subtractInterval subtractMicroseconds subtractMilliseconds
      subtractMinutes subtractMonths subtractNanoseconds subtractQuarters subtractSeconds
      subtractTupleOfIntervals subtractWeeks subtractYears timeDiff timeSlot timeSlots timestamp
      timezone timezoneOf timezoneOffset today toDayOfMonth toDayOfWeek toDayOfYear toDaysInMonth
      toDaysSinceYearZero toHour toISOWeek toISOYear toLastDayOfMonth toLastDayOfWeek
      toMicrosecond toMillisecond toMinute toModifiedJulianDay toModifiedJulianDayOrNull toMonday
      toMonth toMonthNumSinceEpoch toNanosecond toQuarter toRelativeDayNum toRelativeHourNum
      toRelativeMinuteNum toRelativeMonthNum toRelativeQuarterNum toRelativeSecondNum
      toRelativeWeekNum toRelativeYearNum toSecond toStartOfDay toStartOfFifteenMinutes
      toStartOfFiveMinutes toStartOfHour toStartOfInterval toStartOfISOYear toStartOfMicrosecond
      toStartOfMillisecond toStartOfMinute toStartOfMonth toStartOfNanosecond toStartOfQuarter
      toStartOfSecond toStartOfTenMinutes toStartOfWeek toStartOfYear toTimeWithFixedDate
      toTimezone toUnixTimestamp toUTCTimestamp toWeek toYear toYearNumSinceEpoch toYearWeek
      toYYYYMM toYYYYMMDD toYYYYMMDDhhmmss UTCTimestamp yesterday YYYYMMDDhhmmssToDateTime
      YYYYMMDDhhmmssToDateTime64 YYYYMMDDToDate YYYYMMDDToDate32`,
  },
  {
    reason: 'converts values; types and time zones are checked as literals',
    names: `
      _CAST accurateCast accurateCastOrDefault accurateCastOrNull CAST countDigits DATE
      defaultValueOfArgumentType defaultValueOfTypeName digits dynamicElement dynamicType
      fromUnixTimestamp64Micro fromUnixTimestamp64Milli fromUnixTimestamp64Nano
      fromUnixTimestamp64Second getSizeOfEnumType isDecimalOverflow isDynamicElementInSharedData
      parseDateTime parseDateTime32BestEffort parseDateTime32BestEffortOrNull
      parseDateTime32BestEffortOrZero parseDateTime64 parseDateTime64BestEffort
      parseDateTime64BestEffortOrNull parseDateTime64BestEffortOrZero parseDateTime64BestEffortUS
      parseDateTime64BestEffortUSOrNull parseDateTime64BestEffortUSOrZero
      parseDateTime64InJodaSyntax parseDateTime64InJodaSyntaxOrNull
      parseDateTime64InJodaSyntaxOrZero parseDateTime64OrNull parseDateTime64OrZero
      parseDateTimeBestEffort parseDateTimeBestEffortOrNull parseDateTimeBestEffortOrZero
      parseDateTimeBestEffortUS parseDateTimeBestEffortUSOrNull parseDateTimeBestEffortUSOrZero
      parseDateTimeInJodaSyntax parseDateTimeInJodaSyntaxOrNull parseDateTimeInJodaSyntaxOrZero
      parseDateTimeOrNull parseDateTimeOrZero reinterpret reinterpretAsDate reinterpretAsDateTime
      reinterpretAsFixedString reinterpretAsFloat32 reinterpretAsFloat64 reinterpretAsInt128
      reinterpretAsInt16 reinterpretAsInt256 reinterpretAsInt32 reinterpretAsInt64
      reinterpretAsInt8 reinterpretAsString reinterpretAsUInt128 reinterpretAsUInt16
      reinterpretAsUInt256 reinterpretAsUInt32 reinterpretAsUInt64 reinterpretAsUInt8
      reinterpretAsUUID toBFloat16 toBFloat16OrNull toBFloat16OrZero toBool toColumnTypeName
      toDate toDate32 toDate32OrDefault toDate32OrNull toDate32OrZero toDateOrDefault toDateOrNull
      toDateOrZero toDateTime toDateTime32 toDateTime64 toDateTime64OrDefault toDateTime64OrNull
      toDateTime64OrZero toDateTimeOrDefault toDateTimeOrNull toDateTimeOrZero toDecimal128
      toDecimal128OrDefault toDecimal128OrNull toDecimal128OrZero toDecimal256
      toDecimal256OrDefault toDecimal256OrNull toDecimal256OrZero toDecimal32 toDecimal32OrDefault
      toDecimal32OrNull toDecimal32OrZero toDecimal64 toDecimal64OrDefault toDecimal64OrNull
      toDecimal64OrZero toDecimalString toFixedString toFloat32 toFloat32OrDefault toFloat32OrNull
      toFloat32OrZero toFloat64 toFloat64OrDefault toFloat64OrNull toFloat64OrZero toInt128
      toInt128OrDefault toInt128OrNull toInt128OrZero toInt16 toInt16OrDefault toInt16OrNull
      toInt16OrZero toInt256 toInt256OrDefault toInt256OrNull toInt256OrZero toInt32
      toInt32OrDefault toInt32OrNull toInt32OrZero toInt64 toInt64OrDefault toInt64OrNull
      toInt64OrZero toInt8 toInt8OrDefault toInt8OrNull toInt8OrZero toInterval toIntervalDay
      toIntervalHour toIntervalMicrosecond toIntervalMillisecond toIntervalMinute toIntervalMonth
      toIntervalNanosecond toIntervalQuarter toIntervalSecond toIntervalWeek toIntervalYear
      toLowCardinality toString toStringCutToZero toTime toTime64 toTime64OrNull toTime64OrZero
      toTimeOrNull toTimeOrZero toTypeName toUInt128 toUInt128OrDefault toUInt128OrNull
      toUInt128OrZero toUInt16 toUInt16OrDefault toUInt16OrNull toUInt16OrZero toUInt256
      toUInt256OrDefault toUInt256OrNull toUInt256OrZero toUInt32 toUInt32OrDefault toUInt32OrNull
      toUInt32OrZero toUInt64 toUInt64OrDefault toUInt64OrNull toUInt64OrZero toUInt8
      toUInt8OrDefault toUInt8OrNull toUInt8OrZero toUnixTimestamp64Micro toUnixTimestamp64Milli
      toUnixTimestamp64Nano toUnixTimestamp64Second toUUID toUUIDOrZero variantElement variantType`,
  },
  {
    reason: 'computes with arrays; aggregate functions named in text are checked as literals',
    names: `
      array arrayAll arrayAUCPR arrayAvg arrayBottomK arrayCompact arrayConcat arrayCount
      arrayCumSum arrayCumSumNonNegative arrayDifference arrayDistinct arrayDotProduct
      arrayElement arrayElementOrNull arrayEnumerate arrayEnumerateDense arrayEnumerateDenseRanked
      arrayEnumerateUniq arrayEnumerateUniqRanked arrayExcept arrayExists arrayFill arrayFilter
      arrayFirst arrayFirstIndex arrayFirstOrNull arrayFlatten arrayFold arrayIntersect
      arrayJaccardIndex arrayJoin arrayLast arrayLastIndex arrayLastOrNull arrayMap arrayMax
      arrayMin arrayNormalizedGini arrayPartialReverseSort arrayPartialShuffle arrayPartialSort
      arrayPopBack arrayPopFront arrayProduct arrayPushBack arrayPushFront arrayRandomSample
      arrayReduce arrayReduceInRanges arrayRemove arrayResize arrayReverse arrayReverseFill
      arrayReverseSort arrayReverseSplit arrayROCAUC arrayRotateLeft arrayRotateRight
      arrayShiftLeft arrayShiftRight arrayShingles arrayShuffle arraySlice arraySort arraySplit
      arraySum arraySymmetricDifference arrayTopK arrayTranspose arrayUnion arrayUniq
      arrayWithConstant arrayZip arrayZipUnaligned cosineDistance countEqual empty emptyArrayDate
      emptyArrayDateTime emptyArrayFloat32 emptyArrayFloat64 emptyArrayInt16 emptyArrayInt32
      emptyArrayInt64 emptyArrayInt8 emptyArrayString emptyArrayToSingle emptyArrayUInt16
      emptyArrayUInt32 emptyArrayUInt64 emptyArrayUInt8 has hasAll hasAny hasSubstr indexOf
      indexOfAssumeSorted L1Distance L1Norm L1Normalize L2Distance L2Norm L2Normalize
      L2SquaredDistance L2SquaredNorm length LinfDistance LinfNorm LinfNormalize LpDistance LpNorm
      LpNormalize notEmpty range replicate reverse`,
  },
  {
    reason: 'computes with maps and tuples',
    names: `
      dotProduct extractKeyValuePairs extractKeyValuePairsWithEscaping flattenTuple map mapAdd
      mapAll mapApply mapConcat mapContainsKey mapContainsKeyLike mapContainsValue
      mapContainsValueLike mapExists mapExtractKeyLike mapExtractValueLike mapFilter mapFromArrays
      mapKeys mapPartialReverseSort mapPartialSort mapPopulateSeries mapReverseSort mapSort
      mapSubtract mapUpdate mapValues tuple tupleConcat tupleDivide tupleDivideByNumber
      tupleElement tupleHammingDistance tupleIntDiv tupleIntDivByNumber tupleIntDivOrZero
      tupleIntDivOrZeroByNumber tupleMinus tupleModulo tupleModuloByNumber tupleMultiply
      tupleMultiplyByNumber tupleNames tupleNegate tuplePlus tuplePositiveModuloByNumber
      tupleToNameValuePairs`,
  },
  {
    reason: 'reads and makes text',
    names: `
      alphaTokens appendTrailingCharIfAbsent arrayStringConcat ascii bar base32Decode base32Encode
      base58Decode base58Encode base64Decode base64Encode base64URLDecode base64URLEncode basename
      byteHammingDistance caseFoldUTF8 compareSubstrings concat concatAssumeInjective
      concatWithSeparator concatWithSeparatorAssumeInjective conv countSubstrings
      countSubstringsCaseInsensitive countSubstringsCaseInsensitiveUTF8 CRC32 CRC32IEEE CRC64
      decodeHTMLComponent decodeXMLComponent encodeXMLComponent endsWith endsWithCaseInsensitive
      endsWithCaseInsensitiveUTF8 endsWithUTF8 extract extractAll extractGroups firstLine format
      formatReadableDecimalSize formatReadableQuantity formatReadableSize formatReadableTimeDelta
      hasAllTokens hasAnyTokens hasPhrase hasSubsequence hasSubsequenceCaseInsensitive
      hasSubsequenceCaseInsensitiveUTF8 hasSubsequenceUTF8 hasToken hasTokenCaseInsensitive
      hasTokenCaseInsensitiveOrNull hasTokenOrNull ilike initcap initcapUTF8 isValidASCII
      isValidUTF8 left leftPad leftPadUTF8 leftUTF8 lengthUTF8 like locate lower lowerUTF8 match
      multiSearchAllPositions
      multiSearchAllPositionsCaseInsensitive multiSearchAllPositionsCaseInsensitiveUTF8
      multiSearchAllPositionsUTF8 multiSearchAny multiSearchAnyCaseInsensitive
      multiSearchAnyCaseInsensitiveUTF8 multiSearchAnyUTF8 multiSearchFirstIndex
      multiSearchFirstIndexCaseInsensitive multiSearchFirstIndexCaseInsensitiveUTF8
      multiSearchFirstIndexUTF8 multiSearchFirstPosition multiSearchFirstPositionCaseInsensitive
      multiSearchFirstPositionCaseInsensitiveUTF8 multiSearchFirstPositionUTF8 naturalSortKey
      ngramDistance ngramDistanceCaseInsensitive ngramDistanceCaseInsensitiveUTF8
      ngramDistanceUTF8 ngrams ngramSearch ngramSearchCaseInsensitive
      ngramSearchCaseInsensitiveUTF8 ngramSearchUTF8 notILike notLike overlay overlayUTF8
      parseReadableSize parseReadableSizeOrNull parseReadableSizeOrZero parseTimeDelta position
      positionCaseInsensitive positionCaseInsensitiveUTF8 positionUTF8 printf regexpExtract
      regexpPosition regexpQuoteMeta repeat replaceAll replaceOne replaceRegexpAll
      replaceRegexpOne reverseBySeparator reverseUTF8 right rightPad rightPadUTF8 rightUTF8
      soundex space sparseGrams sparseGramsHashes sparseGramsHashesUTF8 sparseGramsUTF8
      splitByChar splitByNonAlpha splitByString splitByWhitespace startsWith
      startsWithCaseInsensitive startsWithCaseInsensitiveUTF8 startsWithUTF8 stringBytesEntropy
      stringBytesUniq stringJaccardIndex stringJaccardIndexUTF8 substring substringIndex
      substringIndexUTF8 substringUTF8 tokens tokensForLikePattern toValidUTF8 translate
      translateUTF8 trimBoth trimLeft trimRight tryBase32Decode tryBase58Decode tryBase64Decode
      tryBase64URLDecode upper upperUTF8 visibleWidth`,
  },
  {
    reason: 'reads JSON text and JSON columns; types are checked as literals',
    names: `
      isValidJSON JSONAllPaths JSONAllPathsWithTypes JSONAllValues JSONArrayLength
      JSONDynamicPaths JSONDynamicPathsWithTypes JSONExtract JSONExtractArrayRaw
      JSONExtractArrayRawCaseInsensitive JSONExtractBool JSONExtractBoolCaseInsensitive
      JSONExtractCaseInsensitive JSONExtractFloat JSONExtractFloatCaseInsensitive JSONExtractInt
      JSONExtractIntCaseInsensitive JSONExtractKeys JSONExtractKeysAndValues
      JSONExtractKeysAndValuesCaseInsensitive JSONExtractKeysAndValuesRaw
      JSONExtractKeysAndValuesRawCaseInsensitive JSONExtractKeysCaseInsensitive JSONExtractRaw
      JSONExtractRawCaseInsensitive JSONExtractString JSONExtractStringCaseInsensitive
      JSONExtractUInt JSONExtractUIntCaseInsensitive JSONHas JSONKey JSONLength
      JSONSharedDataPaths JSONSharedDataPathsWithTypes JSONType simpleJSONExtractBool
      simpleJSONExtractFloat simpleJSONExtractInt simpleJSONExtractRaw simpleJSONExtractString
      simpleJSONExtractUInt simpleJSONHas toJSONString`,
  },
  {
    reason: 'encodes, decodes and hashes text',
    names: `
      bin bitmaskToArray bitmaskToList bitPositionsToArray char cityHash64 dateTime64ToSnowflakeID
      dateTimeToSnowflakeID dateTimeToUUIDv7 farmFingerprint64 farmHash64 gccMurmurHash
      generateSnowflakeID generateUUIDv4 generateUUIDv7 halfMD5 hex hilbertDecode hilbertEncode
      hiveHash intHash32 intHash64 javaHash javaHashUTF16LE jumpConsistentHash kafkaMurmurHash
      keccak256 kostikConsistentHash MD4 MD5 metroHash64 mortonDecode mortonEncode murmurHash2_32
      murmurHash2_64 murmurHash3_128 murmurHash3_32 murmurHash3_64 ngramMinHash ngramMinHashArg
      ngramMinHashArgCaseInsensitive ngramMinHashArgCaseInsensitiveUTF8 ngramMinHashArgUTF8
      ngramMinHashCaseInsensitive ngramMinHashCaseInsensitiveUTF8 ngramMinHashUTF8 ngramSimHash
      ngramSimHashCaseInsensitive ngramSimHashCaseInsensitiveUTF8 ngramSimHashUTF8 RIPEMD160 SHA1
      SHA224 SHA256 SHA384 SHA512 SHA512_256 sipHash128 sipHash128Keyed sipHash128Reference
      sipHash128ReferenceKeyed sipHash64 sipHash64Keyed snowflakeIDToDateTime
      snowflakeIDToDateTime64 sqidDecode sqidEncode toUUIDOrDefault toUUIDOrNull unbin unhex
      URLHash UUIDNumToString UUIDStringToNum UUIDToNum UUIDv7ToDateTime wordShingleMinHash
      wordShingleMinHashArg wordShingleMinHashArgCaseInsensitive
      wordShingleMinHashArgCaseInsensitiveUTF8 wordShingleMinHashArgUTF8
      wordShingleMinHashCaseInsensitive wordShingleMinHashCaseInsensitiveUTF8
      wordShingleMinHashUTF8 wordShingleSimHash wordShingleSimHashCaseInsensitive
      wordShingleSimHashCaseInsensitiveUTF8 wordShingleSimHashUTF8 wyHash64 xxh3 xxh3_128 xxHash32
      xxHash64 xxHash64Spark`,
  },
  {
    reason: 'reads URLs, IP and MAC addresses',
    names: `
      cutFragment cutIPv6 cutQueryString cutQueryStringAndFragment cutToFirstSignificantSubdomain
      cutToFirstSignificantSubdomainRFC cutToFirstSignificantSubdomainWithWWW
      cutToFirstSignificantSubdomainWithWWWRFC cutURLParameter cutWWW decodeURLComponent
      decodeURLFormComponent domain domainRFC domainWithoutWWW domainWithoutWWWRFC
      encodeURLComponent encodeURLFormComponent extractURLParameter extractURLParameterNames
      extractURLParameters firstSignificantSubdomain firstSignificantSubdomainRFC fragment
      IPv4CIDRToRange IPv4NumToString IPv4NumToStringClassC IPv4StringToNum
      IPv4StringToNumOrDefault IPv4StringToNumOrNull IPv4ToIPv6 IPv6CIDRToRange IPv6NumToString
      IPv6StringToNum IPv6StringToNumOrDefault IPv6StringToNumOrNull isIPAddressInRange
      isIPv4String isIPv6String MACNumToString MACStringToNum netloc path pathFull port portRFC
      protocol queryString queryStringAndFragment toIPv4 toIPv4OrDefault toIPv4OrNull toIPv4OrZero
      toIPv6 toIPv6OrDefault toIPv6OrNull toIPv6OrZero topLevelDomain topLevelDomainRFC`,
  },
  {
    reason: 'computes with bitmaps that the statement aggregated itself',
    names: `
      bitmapAnd bitmapAndCardinality bitmapAndnot bitmapAndnotCardinality bitmapBuild
      bitmapCardinality bitmapContains bitmapHasAll bitmapHasAny bitmapMax bitmapMin bitmapOr
      bitmapOrCardinality bitmapSubsetInRange bitmapSubsetLimit bitmapToArray bitmapTransform
      bitmapXor bitmapXorCardinality subBitmap`,
  },
  {
    reason: 'makes random values',
    names: `
      fuzzBits rand rand64 randBernoulli randBinomial randCanonical randChiSquared randConstant
      randExponential randFisherF randLogNormal randNegativeBinomial randNormal randomFixedString
      randomPrintableASCII randomString randomStringUTF8 randPoisson randStudentT randUniform`,
  },
  {
    reason: 'measures distances on a sphere',
    names: `
      geoDistance geohashDecode geohashEncode geohashesInBox greatCircleAngle greatCircleDistance
      pointInEllipses pointInPolygon`,
  },
  {
    reason: 'converts colours, for dashboards',
    names: `
      colorOKLABToSRGB colorOKLCHToSRGB colorSRGBToOKLAB colorSRGBToOKLCH`,
  },
  {
    reason: 'tells about the statement, its rows and its session',
    names: `
      blockSize byteSize currentDatabase currentQueryID currentSchemas currentUser displayName
      errorCodeToName getSetting getSettingOrDefault initialQueryID initialQueryStartTime
      isConstant queryID revision rowNumberInAllBlocks rowNumberInBlock uptime version`,
  },
  {
    reason: 'steers how a statement is computed',
    names: `
      caseWithExpression finalizeAggregation identity ignore indexHint initializeAggregation
      materialize throwIf`,
  },
  {
    reason: 'computes figures of experiments and series',
    names: `
      minSampleSizeContinuous minSampleSizeConversion seriesOutliersDetectTukey transform`,
  },
  {
    reason: 'normalizes SQL by its words, without parsing it',
    names: `
      normalizedQueryHash normalizedQueryHashKeepNames normalizeQuery normalizeQueryKeepNames
      tokenizeQuery`,
  },
]
