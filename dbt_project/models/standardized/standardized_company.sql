{{ standardize('company') }}
