{{ standardize('contact') }}
