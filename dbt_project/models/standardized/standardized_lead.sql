{{ standardize('lead') }}
