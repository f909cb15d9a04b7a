{{ stage('company', company_fields()) }}
